//! SECURITY.md says what is there.

use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn page() -> String {
    fs::read_to_string(root().join("SECURITY.md")).expect("SECURITY.md is there")
}

/// The texts between backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_promise_has_its_test() {
    let page = page();
    let promises = page.split("## What is a vulnerability").nth(1).expect("its part");
    let promises = promises.split("\n## ").next().expect("its part");
    let rows = promises
        .lines()
        .filter(|line| line.starts_with("| ") && !line.contains("| Test |"));
    let mut count = 0;
    for row in rows {
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let [file, test] = quoted(cell)[..] else {
            panic!("a row without a file and a test: {row}");
        };
        let text = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(&format!("fn {test}(")), "{file} has no {test}: {row}");
        count += 1;
    }
    assert!(count >= 25, "{count} rows");
}

#[test]
fn the_pinned_wasmtime_is_the_one_that_the_page_names() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("it is there");
    let entry = lock.split("name = \"wasmtime\"\n").nth(1).expect("wasmtime is there");
    let version = entry.split('"').nth(1).expect("a version");
    let page = page();
    let told = format!("**wasmtime {version}**");
    assert!(
        page.contains(&told),
        "SECURITY.md does not say {told}: see \"When wasmtime publishes an advisory\""
    );
    // and so that the next one is looked for with the commands that are there
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("it is there");
    for name in ["wasmtime", "wasmtime-wizer"] {
        let pinned = format!("{name} = {{ version = \"={version}\"");
        assert!(manifest.contains(&pinned), "Cargo.toml does not say {pinned}");
    }
    assert!(page.contains(&format!("s/={}/", version.replace('.', "\\."))));
}
