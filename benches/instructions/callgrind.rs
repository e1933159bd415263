//! This program once more under valgrind's callgrind, and what that has counted.

use crate::component::component;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A part's name and the instructions of one of it.
pub type Count = (String, u64);

/// Counts all parts. A minute or two.
///
/// # Errors
/// One line, where valgrind is missing or something failed under it.
pub fn counts(measure: &str) -> Result<Vec<Count>, String> {
    let version = Command::new("valgrind").arg("--version").output();
    if !version.is_ok_and(|version| version.status.success()) {
        return Err("valgrind is missing: make setup installs it".into());
    }
    let component = component("examples/basic/rust");
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("instructions");
    let folder = tempfile::tempdir().map_err(|error| format!("a temporary folder: {error}"))?;
    let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        // other threads count nothing, nor does what is before and after
        .arg("--toggle-collect=instructions::counted*")
        .arg("--dump-after=instructions::part_ends*")
        .arg("--callgrind-out-file=counts")
        .arg(program)
        .arg(measure)
        .args([&component, &kept])
        .current_dir(folder.path())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("under valgrind: {}: {}", output.status, last_lines(&why)));
    }
    let parts = said.lines().enumerate();
    parts.map(|(at, line)| count(folder.path(), at, line)).collect()
}

/// The count of one part; its file has the next number.
fn count(folder: &Path, at: usize, line: &str) -> Result<Count, String> {
    let (name, rounds) = line
        .split_once('\t')
        .and_then(|(name, rounds)| Some((name, rounds.parse::<u64>().ok()?)))
        .ok_or_else(|| format!("{line:?} is not a part"))?;
    let file = folder.join(format!("counts.{}", at + 1));
    let text = fs::read_to_string(&file).map_err(|error| format!("{name}: callgrind's counts: {error}"))?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total: u64 = total
        .and_then(|total| total.trim().parse().ok())
        .ok_or_else(|| format!("{name}: callgrind has counted nothing"))?;
    match total / rounds.max(1) {
        0 => Err(format!("{name}: callgrind has counted nothing")),
        each => Ok((name.to_owned(), each)),
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
