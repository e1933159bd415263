use super::*;
use crate::wasm::shared;

#[test]
fn places_are_found_in_stacks() {
    assert_eq!(place("    at f (route.js:3:7)"), Some(("route.js", 3, 7)));
    assert_eq!(place("    at lib/a.js:12:1"), Some(("lib/a.js", 12, 1)));
    assert_eq!(place("    at log (kemist:3:7)"), None);
    assert_eq!(place("    at native"), None);
    assert_eq!(place("at ("), None);
}

/// Two scripts are components with the same imports, and little else; one that holds its engine does the same.
#[test]
fn scripts_share_modules() {
    let Ok(prepared) = engine::prepared() else {
        eprintln!("skipped: the JavaScript engine is not there");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str, form| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        super::build(&path, form).unwrap().component
    };
    let one = script("one.js", "function ksr_request_route() { KSR.x.exit() }", Form::Shared);
    let text = format!(
        "const list = [{}]; function ksr_request_route() {{}}",
        "'abc', ".repeat(1000)
    );
    let two = script("two.js", &text, Form::Shared);
    assert_ne!(one, two);
    let imports = shared::imports(&one);
    assert_eq!(imports, shared::imports(&two));
    let digests: Vec<_> = imports.iter().filter_map(|name| shared::digest(name)).collect();
    let of_engine: [[u8; 32]; 2] = prepared.shared().map(|module| Sha256::digest(module).into());
    assert_eq!(digests, of_engine);
    for digest in digests {
        assert!(super::shared(&digest).unwrap().is_some());
    }
    assert_eq!(super::shared(&[7; 32]).unwrap(), None);
    let whole = script(
        "one.js",
        "function ksr_request_route() { KSR.x.exit() }",
        Form::SelfContained,
    );
    assert!(shared::imports(&whole).is_empty());
    assert!(one.len() * 10 < whole.len(), "{} of {} bytes", one.len(), whole.len());
}
