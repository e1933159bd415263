//! The baseline in the repository: compared with, and written anew.

use crate::callgrind::Count;
use crate::component::root;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// By so many parts in a hundred a count may differ.
const TOLERANCE: f64 = 5.0;

const HEAD: &str = "# Instructions of one of each part, in the profile quick, as callgrind counts them. Written by `make bench-baseline`;\n\
    # `make bench-check` fails where a part takes 5 % more.\n";

fn path() -> PathBuf {
    root().join("benches/instructions.toml")
}

/// Prints the counts, and compares them with the baseline.
///
/// # Errors
/// What takes more than it may, from what to what; and what only one of the two has.
pub fn check(counts: &[Count]) -> Result<(), String> {
    let text = fs::read_to_string(path()).map_err(|error| format!("{}: {error}", path().display()))?;
    let mut baseline: BTreeMap<String, u64> =
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path().display()))?;
    let (mut worse, mut better) = (Vec::new(), false);
    println!("{:<44}{:>12}{:>12}", "instructions", "baseline", "now");
    for (name, now) in counts {
        let Some(before) = baseline.remove(name) else {
            worse.push(format!("{name}: not in the baseline"));
            continue;
        };
        let change = (*now as f64 / before.max(1) as f64 - 1.0) * 100.0;
        println!("{name:<44}{before:>12}{now:>12}{change:>+8.1} %");
        if change >= TOLERANCE {
            worse.push(format!("{name}: from {before} to {now} instructions ({change:+.1} %)"));
        }
        better |= change <= -TOLERANCE;
    }
    worse.extend(
        baseline
            .into_keys()
            .map(|name| format!("{name}: in the baseline, but not measured")),
    );
    if better {
        println!("some parts take 5 % less than before: renew the baseline (make bench-baseline), so that it stays so");
    }
    match worse.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{}\n(where that is meant: make bench-baseline, and say why in the commit)",
            worse.join("\n")
        )),
    }
}

/// Writes the baseline.
///
/// # Errors
/// Where it cannot be written.
pub fn write(counts: &[Count]) -> Result<(), String> {
    let lines = counts.iter().map(|(name, count)| format!("\"{name}\" = {count}\n"));
    let text = HEAD.to_owned() + &lines.collect::<String>();
    fs::write(path(), &text).map_err(|error| format!("{}: {error}", path().display()))?;
    print!("{text}");
    Ok(())
}
