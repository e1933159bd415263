//! Scripts share one compiled engine, which their components import by its digest.

use super::support::*;
use crate::needs_engine;
use kemist::build::{Form, build_as};
use kemist::route::Routing;
use kemist::tenant::Tenant;
use kemist::wasm::{CompileLimits, Compiler, Engine, Limits, Options, Policy, Version, shared};
use std::sync::Arc;

fn engine() -> Arc<Engine> {
    let options = Options {
        instances: 16,
        shared: Some(kemist::build::shared),
        ..Options::default()
    };
    Engine::new(&options).expect("an engine")
}

fn component(text: &str, form: Form) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("route.js");
    std::fs::write(&path, text).expect("the folder can be written");
    build_as(&path, None, form).expect("it is right").component
}

fn load(engine: &Arc<Engine>, component: &[u8]) -> Result<Arc<Version>, String> {
    let loaded = Version::load(engine, component, Limits::default(), Policy::Fresh);
    loaded.map_err(|error| error.to_string())
}

fn refusal(engine: &Arc<Engine>, component: &[u8]) -> String {
    load(engine, component).err().expect("it is refused")
}

/// The component with other bytes in place of these, which it has once.
fn replaced(component: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let place = component.windows(what.len()).position(|window| window == what);
    let place = place.expect("it has them");
    let mut changed = component.to_vec();
    changed[place..place + what.len()].copy_from_slice(with);
    changed
}

#[test]
fn two_scripts_share_what_was_compiled_once() {
    needs_engine!();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let compiler = Compiler::new(None, Some(folder.path().join("cache")), CompileLimits::default());
    let text = |name: &str| format!("function ksr_request_route() {{ throw '{name}' }} function {name}() {{}}");
    let prepare = |engine: &Arc<Engine>, component: &[u8]| compiler.prepare(engine, component).expect("it compiles");
    let first = engine();
    let mut natives = Vec::new();
    for name in ["one", "two"] {
        let component = component(&text(name), Form::Shared);
        let prepared = prepare(&first, &component);
        assert_eq!(
            first.shared_modules(),
            2,
            "the engine's code, and the memory that scripts begin with"
        );
        natives.push(prepared.native);
        let version = Version::of(&first, prepared, Limits::default(), Policy::Fresh, Tenant::operator());
        let version = version.expect("it links");
        assert_eq!(version.callbacks(), ["ksr_request_route", name]);
        // another process of the same kemist finds everything compiled
        assert!(prepare(&engine(), &component).from_cache);
    }
    let whole = component(&text("one"), Form::SelfContained);
    let alone = engine();
    let whole = prepare(&alone, &whole).native;
    assert_eq!(alone.shared_modules(), 0);
    let most = natives.into_iter().max().unwrap_or_default();
    assert!(most * 10 < whole, "{most} bytes of native code, of {whole}");
}

#[test]
fn both_forms_do_the_same() {
    needs_engine!();
    let text = "let n = 1; function ksr_request_route() { throw `${++n}` } function other() { }";
    for form in [Form::Shared, Form::SelfContained] {
        let script = Script::of(&component(text, form), Policy::Fresh);
        for _ in 0..2 {
            assert_eq!(script.thrown(), "2", "{form:?}");
        }
    }
}

/// A script whose top level takes more memory than all begin with.
#[test]
fn a_script_may_begin_with_much() {
    needs_engine!();
    let text = "const list = []; for (let i = 0; i < 300000; i++) list.push('text ' + i); \
                function ksr_request_route() { throw list.length + list[299999] }";
    let built = component(text, Form::Shared);
    let script = Script::of(&built, Policy::Fresh);
    for _ in 0..2 {
        assert_eq!(script.thrown(), "300000text 299999");
    }
}

#[test]
fn an_engine_that_is_not_here_is_named_in_one_line() {
    needs_engine!();
    let good = component("function ksr_request_route() {}", Form::Shared);
    let names = shared::imports(&good);
    for name in &names {
        let other = name.replace("integrity=<sha256-", "integrity=<sha256-AAAAAAAA");
        let other = format!("{}{}", &other[..name.len() - 4], &name[name.len() - 4..]);
        let error = refusal(&engine(), &replaced(&good, name.as_bytes(), other.as_bytes()));
        assert!(error.contains(&other) && error.contains("build it again"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    // by a name without a digest
    let name = &names[1];
    let plain = format!("locked-dep=<kemist:{}@0.1.0>", "x".repeat(name.len() - 26));
    let error = refusal(&engine(), &replaced(&good, name.as_bytes(), plain.as_bytes()));
    assert!(error.contains("by their digests") && !error.contains('\n'), "{error}");
    // and where there are no engines at all
    let bare = Engine::new(&Options {
        instances: 16,
        ..Options::default()
    });
    let error = refusal(&bare.expect("an engine"), &good);
    assert!(error.contains("it needs the engine"), "{error}");
}

/// Whoever imports the engine says what it imports and what it begins with: that is checked, and runs in its own sandbox.
#[test]
fn an_engine_in_other_hands_harms_nobody() {
    needs_engine!();
    let engine = engine();
    let good = component("function ksr_request_route() {}", Form::Shared);
    load(&engine, &good).expect("it is right");
    let names = shared::imports(&good);
    // as a module that it is not
    for (name, ty) in names
        .iter()
        .flat_map(|name| [(name, r#"(export "other" (func))"#), (name, "")])
    {
        let text = format!(r#"(component (import "{name}" (core module $m {ty})) (core instance (instantiate $m)))"#);
        let bytes = wat::parse_str(text).expect("it is well formed");
        let error = refusal(&engine, &bytes);
        assert!(!error.contains('\n'), "{error}");
    }
    // with a memory that no script has made
    let body = good.len() / 2..good.len() - 600;
    for step in 0..24 {
        let mut bytes = good.clone();
        let place = body.start + step * body.len() / 24;
        bytes[place..place + 16].fill(step as u8 * 11);
        match load(&engine, &bytes) {
            Ok(version) => drop(Script { version, notes: vec![] }.run("ksr_request_route", "")),
            Err(error) => assert!(!error.contains('\n'), "{error}"),
        }
        load(&engine, &good).map(drop).expect("it is as good as before");
    }
}
