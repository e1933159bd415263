//! Components that carry their scenarios.

use super::support::Desk;

const ROUTE: &str = "use ksr::{Flow, sl};
ksr::routes! { ksr_request_route => request }
fn request() -> Flow {
    sl::sl_send_reply(200, \"Fine\");
    Ok(())
}
";

const TEST: &str =
    "[[step]]\nreceive = \"OPTIONS sip:localhost\"\nfrom = \"sip:a@localhost\"\n[[step]]\nexpect = 200\n";

#[test]
fn a_component_carries_the_tests_of_its_folder() {
    let desk = Desk::new();
    desk.crate_with("mine", ROUTE);
    desk.write("mine/tests/options.toml", TEST);
    desk.write("mine/tests/more.toml", TEST);
    desk.write("mine/tests/rust.rs", "");
    let token = "alias = [\"localhost\"]\n[admin]\ntoken = \"very secret\"\n[database]\nurl = \"sqlite:p:secret@db\"\n";
    desk.write("mine/kemist.toml", token);
    let said = desk.run(&["build", "mine"]);
    assert!(said.contains("  carries: 2 scenarios\n"), "{said}");
    let checked = desk.run(&["check", "mine.wasm"]);
    assert!(checked.contains("  carries: 2 scenarios\n"), "{checked}");
    // what is said of the component is about the file that was written
    let words = |text: &str| text.split(" version ").nth(1).map(|rest| rest[..12].to_owned());
    assert_eq!(words(&said), words(&checked));
    let bytes = std::fs::read(desk.path("mine.wasm")).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"secret"));
    assert!(bytes.windows(9).any(|window| window == b"localhost"));
    assert_eq!(bytes, {
        desk.run(&["build", "mine"]);
        std::fs::read(desk.path("mine.wasm")).unwrap()
    });

    let plain = desk.run(&["build", "mine", "--no-tests", "--json"]);
    let plain: serde_json::Value = serde_json::from_str(&plain).unwrap();
    assert_eq!(plain["scenarios"], 0);
    assert!(!desk.run(&["check", "mine.wasm"]).contains("carries"));
}

#[test]
fn tests_that_cannot_be_read_are_told_at_the_build() {
    let desk = Desk::new();
    desk.crate_with("mine", ROUTE);
    desk.write("mine/tests/options.toml", "[[step]]\nreceive = \"OPTIONS\"\nfrm = 1\n");
    let refused = desk.refused(&["build", "mine"]);
    assert!(
        refused.starts_with("mine/tests/options.toml:3: frm: unknown key") && refused.contains("--no-tests"),
        "{refused}"
    );
    assert!(!desk.path("mine.wasm").exists());
    desk.run(&["build", "mine", "--no-tests"]);
}
