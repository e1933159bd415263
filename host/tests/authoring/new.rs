//! `kemist new`: folders that build.

use super::support::Desk;

#[test]
fn a_new_folder_of_rust_builds() {
    let desk = Desk::new();
    let said = desk.run(&["new", "some/mine", "--lang", "rust"]);
    assert!(said.starts_with("some/mine: a registrar and proxy in Rust"), "{said}");
    for file in [
        "README.md",
        ".gitignore",
        "kemist.toml",
        "ksr/src/generated.rs",
        "tests/register.toml",
    ] {
        assert!(desk.path("some/mine").join(file).exists(), "{file}");
    }
    // neither a registry nor the repository is needed
    let built = desk
        .command(&["build", "some/mine", "--json"])
        .env("CARGO_NET_OFFLINE", "true")
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let json: serde_json::Value = serde_json::from_slice(&built.stdout).unwrap();
    assert_eq!(json["output"], "mine.wasm");
    assert_eq!(json["notes"].as_array().unwrap().len(), 0, "{json}");
    std::fs::rename(desk.path("mine.wasm"), desk.path("some/mine/mine.wasm")).unwrap();
    let checked = desk.run(&["check", "-c", "some/mine/kemist.toml"]);
    assert!(checked.ends_with("valid\n"), "{checked}");
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
