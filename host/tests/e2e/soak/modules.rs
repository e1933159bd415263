//! What is deployed: the basic script with a mark of its version in all that it sends, twice, and modules that are broken.

use crate::support::component::{component_of, root};
use crate::support::small::trapping;
use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use wasm_encoder::{ComponentSection, CustomSection};

/// The mark in the component that is built; each version has its own in that place.
const MARK: &str = "version-00000000";

/// The changes to the basic script: what is there, and what stands there instead.
const CHANGES: [(&str, &str); 7] = [
    (
        "    ksr_onreply_manage => onreply,\n",
        "    ksr_onreply_manage => onreply,\n    ksr_reply_route => any_reply,\n",
    ),
    (
        "fn request() -> Flow {\n",
        "fn any_reply() -> Flow {\n    hdr::append(\"X-Version: version-00000000\\r\\n\");\n    Ok(())\n}\n\n\
         fn request() -> Flow {\n    hdr::append_to_reply(\"X-Version: version-00000000\\r\\n\");\n",
    ),
    // every request gets its callbacks for replies, BYE too
    (
        "if ksr::is_method_in(\"ISU\") && tm::t_is_set(\"onreply_route\")",
        "if ksr::is_method_in(\"IBSU\") && tm::t_is_set(\"onreply_route\")",
    ),
    // a telephone that says nothing is left soon, for another one
    (
        "fn relay() -> Flow {\n",
        "fn relay() -> Flow {\n    hdr::append(\"X-Version: version-00000000\\r\\n\");\n    \
         if ksr::is_invite() && pv::gete(\"$rU\").str() == \"silent\" {\n        tm::t_set_fr(400, 400);\n    }\n",
    ),
    (
        "fn branch() -> Flow {\n",
        "fn branch() -> Flow {\n    hdr::append(\"X-Version: version-00000000\\r\\n\");\n",
    ),
    (
        "fn onreply() -> Flow {\n",
        "fn onreply() -> Flow {\n    hdr::append(\"X-Version: version-00000000\\r\\n\");\n",
    ),
    (
        "    if tm::t_is_canceled() > 0 {\n        return exit();\n    }\n    Ok(())\n",
        "    if tm::t_is_canceled() > 0 {\n        return exit();\n    }\n    pv::sets(\"$rU\", \"answer\");\n    relay()\n",
    ),
];

/// A module that must be refused.
pub struct Broken {
    /// How it is broken.
    pub name: &'static str,
    pub file: PathBuf,
    /// The step that refuses it.
    pub step: &'static str,
}

/// Files of components.
pub struct Modules {
    /// The two that take turns.
    pub good: [PathBuf; 2],
    pub broken: Vec<Broken>,
    _folder: TempDir,
}

impl Modules {
    pub fn new() -> Modules {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let marked = marked();
        let write = |name: &str, bytes: &[u8]| {
            let file = folder.path().join(format!("{name}.wasm"));
            fs::write(&file, bytes).expect("a file of our own");
            file
        };
        let good = ["version-aaaaaaaa", "version-bbbbbbbb"].map(|mark| write(mark, &with_mark(&marked, mark)));
        let broken = |name, bytes: &[u8], step| Broken {
            name,
            file: write(name, bytes),
            step,
        };
        let broken = vec![
            broken("cut", &marked[..marked.len() / 2], "compile"),
            broken("mistyped", &mistyped(), "compile"),
            broken("other-world", &other_world(), "link"),
            broken("no-route", b"\0asm\x0d\0\x01\0", "link"),
            broken("trapping", &tested(trapping()), "scenarios"),
        ];
        Modules {
            good,
            broken,
            _folder: folder,
        }
    }
}

/// The basic script with marks, built once.
fn marked() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("marked");
    let basic = root().join("examples/basic/rust");
    let mut script = fs::read_to_string(basic.join("src/lib.rs")).expect("the basic script is there");
    for (there, instead) in CHANGES {
        assert_eq!(
            script.matches(there).count(),
            1,
            "the basic script has changed: {there}"
        );
        script = script.replace(there, instead);
    }
    // another name: what cargo makes of two that are called the same lies in one place
    let read = |name: &str| {
        let text = fs::read_to_string(basic.join(name)).expect("the basic script is there");
        text.replace("name = \"basic\"", "name = \"marked\"")
    };
    let sdk = root().join("guest-sdk/rust").display().to_string();
    let manifest = read("Cargo.toml").replace("../../../guest-sdk/rust", &sdk);
    fs::create_dir_all(folder.join("src")).expect("the target folder can be written");
    for (name, text) in [
        ("Cargo.toml", manifest),
        ("src/lib.rs", script),
        ("Cargo.lock", read("Cargo.lock")),
    ] {
        // one that has not changed is not built again
        if fs::read_to_string(folder.join(name)).ok().as_ref() != Some(&text) {
            fs::write(folder.join(name), text).expect("the target folder can be written");
        }
    }
    fs::read(component_of(&folder, "marked")).expect("it was built")
}

fn with_mark(component: &[u8], mark: &str) -> Vec<u8> {
    assert_eq!(mark.len(), MARK.len());
    let (mut marked, mut count, mut at) = (component.to_vec(), 0, 0);
    while let Some(place) = marked.get(at..at + MARK.len()) {
        if place == MARK.as_bytes() {
            marked[at..at + MARK.len()].copy_from_slice(mark.as_bytes());
            count += 1;
        }
        at += 1;
    }
    assert!(count > 0, "the mark is not in the component");
    marked
}

/// A component whose code is of the wrong type: it is whole, and the compiler refuses it.
fn mistyped() -> Vec<u8> {
    wat::parse_str("(component (core module (func (result i32) (i64.const 1))))").expect("it can be written")
}

/// A component of another world.
fn other_world() -> Vec<u8> {
    let text = r#"(component (import "wasi:http/types@0.2.0" (instance (export "x" (func)))))"#;
    wat::parse_str(text).expect("it can be written")
}

/// With a scenario of its own, as `kemist build` puts it there: what traps on every message shows it before it is put in
/// charge.
fn tested(mut component: Vec<u8>) -> Vec<u8> {
    let scenario = "about = \"a keepalive is answered\"\n[[step]]\nreceive = \"OPTIONS\"\nuri = \"sip:localhost\"\n\
                    [[step]]\nexpect = 200\n";
    let carried = serde_json::json!({
        "config": "alias = [\"localhost\"]\n",
        "files": [{"name": "tests/keepalive.toml", "text": scenario}],
    });
    CustomSection {
        name: "kemist:tests".into(),
        data: Cow::Owned(carried.to_string().into_bytes()),
    }
    .append_to_component(&mut component);
    component
}
