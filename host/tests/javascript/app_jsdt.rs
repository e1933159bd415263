//! Scripts written for Kamailio's app_jsdt find what they find there.

use super::support::{Script, logged, value};
use crate::needs_engine;
use kemist::route::Routing;

#[test]
fn results_have_the_types_of_app_jsdt() {
    needs_engine!();
    assert_eq!(value("KSR.pv.get('$rm')"), "\"REGISTER\"");
    assert_eq!(value("[KSR.pv.get('$sp'), KSR.pv.get('$cs')]"), "[5062,\"7\"]");
    assert_eq!(value("KSR.pv.get('$rU')"), "null");
    assert_eq!(value("[KSR.is_REGISTER(), KSR.is_INVITE()]"), "[true,false]");
    assert_eq!(value("KSR.maxfwd.process_maxfwd(10) > 0"), "true");
    assert_eq!(value("KSR.info('no value\\n')"), "false");
    assert_eq!(value("typeof KSR.nosuchmodule"), "\"undefined\"");
    assert_eq!(
        value("[typeof KSR.tm.t_relay, typeof KSR.tm.nosuch]"),
        "[\"function\",\"undefined\"]"
    );
}

#[test]
fn arguments_turn_into_what_parameters_are() {
    needs_engine!();
    // text to number, number to text, none to "undefined", fractions and what is no number
    assert_eq!(
        value("[KSR.setflag('7'), KSR.isflagset(7), KSR.isflagset(7.9)]"),
        "[true,true,true]"
    );
    assert_eq!(
        value("[KSR.pv.sets('$var(x)', 42), KSR.pv.get('$var(x)')]"),
        "[true,\"42\"]"
    );
    assert_eq!(
        value("[KSR.pv.sets('$var(x)', null), KSR.pv.get('$var(x)')]"),
        "[true,\"null\"]"
    );
    assert_eq!(
        value("[KSR.pv.sets('$var(x)', [1, 2]), KSR.pv.get('$var(x)')]"),
        "[true,\"1,2\"]"
    );
    assert_eq!(value("[KSR.setflag('five'), KSR.isflagset(0)]"), "[true,true]");
    assert_eq!(value("KSR.setflag(1e300)"), "false");
    // half of a surrogate pair is repaired, what is not UTF-8 text elsewhere is not
    assert_eq!(
        value("(KSR.pv.sets('$var(x)', 'a\\uD800b'), KSR.pv.get('$var(x)').length)"),
        "3"
    );
    assert_eq!(
        value("(KSR.pv.sets('$var(x)', 'gr\\u00fc\\u{1F600}'), KSR.pv.get('$var(x)'))"),
        "\"gr\u{fc}\u{1F600}\""
    );
}

#[test]
fn too_few_arguments_are_false_and_logged() {
    needs_engine!();
    let script = Script::body("if (KSR.sl.send_reply(200) !== false || KSR.setflag() !== false) throw 'no'");
    let log = logged(|| assert_eq!(script.run("ksr_request_route", ""), Ok(())));
    assert!(
        log.contains("KSR.sl.send_reply: 2 parameters are expected, 1 given"),
        "{log}"
    );
    assert!(log.contains("KSR.setflag: 1 parameters are expected, 0 given"), "{log}");
    // as there, what is beyond the parameters is not looked at
    assert_eq!(value("KSR.is_REGISTER(1)"), "true");
    assert_eq!(value("KSR.is_REGISTER(1, 2, 3, 4, 5, 6, 7)"), "false");
}

#[test]
fn exit_and_drop_end_the_callback_from_any_depth() {
    needs_engine!();
    let ends = |how: &str| {
        Script::new(&format!(
            "function deep(n) {{ if (n) deep(n - 1); else {how}; throw 'went on' }}\n\
             function ksr_request_route() {{ deep(20) }}"
        ))
        .run("ksr_request_route", "")
    };
    assert_eq!(ends("KSR.x.exit()"), Ok(()));
    assert_eq!(ends("KSR.x.drop()"), Ok(()));
    // who catches everything catches it too, as a text
    let caught = "(function () { try { KSR.x.exit() } catch (e) { return typeof e + e } })()";
    assert_eq!(value(caught), "\"string~~ksr~exit~~\"");
}

#[test]
fn exit_leaves_an_async_callback() {
    needs_engine!();
    let script = Script::new("async function ksr_request_route() { await null; KSR.x.exit() }");
    assert_eq!(script.run("ksr_request_route", ""), Ok(()));
}

#[test]
fn modf_finds_functions_by_their_native_names() {
    needs_engine!();
    assert_eq!(value("KSR.x.modf('process_maxfwd', '10') > 0"), "true");
    assert_eq!(value("[KSR.x.modf('nosuch'), KSR.x.modf()]"), "[-1,-1]");
}

#[test]
fn old_names_still_work() {
    needs_engine!();
    assert_eq!(value("KSR.hdr.append_hf('X-A: b\\r\\n')"), "1");
    assert_eq!(
        value("[typeof KSR.htable.sht_has_name, typeof KSR.drop]"),
        "[\"function\",\"function\"]"
    );
}

#[test]
fn callbacks_are_the_functions_at_the_top() {
    needs_engine!();
    let script = Script::new(
        "function ksr_request_route() { inner() }\n\
         var KSR_OUT = function () {};\n\
         const arrow = (event) => { throw event }, number = 5;\n\
         let later; later = function () {};\n\
         class Helper { static ksr_no() {} }\n\
         function* generator() {}\n\
         function inner() { const hidden = () => {}; hidden() }\n\
         globalThis.assigned = () => {};\n",
    );
    let callbacks = script.version.callbacks();
    for name in ["ksr_request_route", "KSR_OUT", "arrow", "later", "inner", "assigned"] {
        assert!(
            callbacks.iter().any(|known| known == name),
            "{name} is not in {callbacks:?}"
        );
    }
    for name in ["Helper", "generator", "hidden", "number", "require", "console"] {
        assert!(
            callbacks.iter().all(|known| known != name),
            "{name} is in {callbacks:?}"
        );
    }
    let event = script.run("arrow", "htable:mod-init");
    assert!(format!("{event:?}").contains("htable:mod-init"), "{event:?}");
}

#[test]
fn event_routes_get_the_name_of_the_event_and_others_nothing() {
    needs_engine!();
    let script = Script::new("function ksr_request_route() { throw String(arguments.length) + arguments[0] }");
    assert_eq!(script.thrown(), "0undefined");
    let event = format!("{:?}", script.run("ksr_request_route", "tm:local-request"));
    assert!(event.contains("1tm:local-request"), "{event}");
}

#[test]
fn the_script_of_the_comparison_runs_as_it_is() {
    needs_engine!();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/anchor/route.js");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return;
    };
    let script = Script::new(&text);
    assert_eq!(script.run("ksr_request_route", ""), Ok(()));
    for name in ["ksr_out", "ksr_back", "ksr_lost"] {
        assert!(script.version.callback(name).is_some(), "{name}");
    }
}
