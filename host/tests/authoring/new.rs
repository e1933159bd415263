//! `kemist new`: folders that build.

use super::support::Desk;

#[test]
fn a_new_folder_of_rust_builds() {
    let desk = builds("rust", "Rust", "ksr/src/generated.rs");
    assert!(
        desk.path("some/mine/Cargo.lock").exists(),
        "what was built against is kept"
    );
}

#[test]
fn a_new_folder_of_assemblyscript_builds() {
    builds("assemblyscript", "AssemblyScript", "tsconfig.json");
}

#[test]
fn a_new_folder_of_javascript_builds() {
    builds("javascript", "JavaScript", "jsconfig.json");
}

/// Neither a registry for crates nor the repository is needed.
fn builds(language: &str, title: &str, editor: &str) -> Desk {
    let desk = Desk::new();
    let said = desk.run(&["new", "some/mine", "--lang", language]);
    assert!(
        said.starts_with(&format!("some/mine: a registrar and proxy in {title}")),
        "{said}"
    );
    for file in ["README.md", ".gitignore", "kemist.toml", "tests/register.toml", editor] {
        assert!(desk.path("some/mine").join(file).exists(), "{file}");
    }
    let built = desk
        .command(&["build", "some/mine", "--json"])
        .env("CARGO_NET_OFFLINE", "true")
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let json: serde_json::Value = serde_json::from_slice(&built.stdout).unwrap();
    assert_eq!(json["output"], "mine.wasm");
    assert_eq!(json["languages"][0], title);
    assert_eq!(json["notes"].as_array().unwrap().len(), 0, "{json}");
    let functions = json["functions"].as_array().unwrap();
    assert!(functions.iter().any(|name| name == "KSR.registrar.save"), "{json}");
    std::fs::rename(desk.path("mine.wasm"), desk.path("some/mine/mine.wasm")).unwrap();
    let checked = desk.run(&["check", "-c", "some/mine/kemist.toml"]);
    assert!(checked.ends_with("valid\n"), "{checked}");
    desk
}

#[test]
fn nothing_is_written_over() {
    let desk = Desk::new();
    desk.write("taken/a.txt", "mine");
    desk.write("file", "mine");
    std::fs::create_dir(desk.path("empty")).unwrap();
    assert_eq!(
        desk.refused(&["new", "taken", "--lang", "rust"]),
        "taken: it is not empty: name a new folder"
    );
    assert_eq!(
        desk.refused(&["new", "file", "--lang", "javascript"]),
        "file: it is a file: name a new folder"
    );
    assert_eq!(std::fs::read_dir(desk.path("taken")).unwrap().count(), 1);
    desk.run(&["new", "empty", "--lang", "javascript"]);
    assert!(desk.read("empty/ksr.d.ts").contains("t_relay"));
}
