//! The same in JavaScript: what a script does through its engine.

/// What a callback does: a name, and statements. None of them answers; the engine or a limit ends each.
pub const SCRIPTS: &[(&str, &str)] = &[
    ("loop", "while (true) {}"),
    ("loop-of-calls", "for (;;) KSR.is_INVITE()"),
    ("loop-of-logs", "for (;;) KSR.err('x'.repeat(5000) + '\\nERROR forged')"),
    ("loop-in-getter", "const o = { get x() { for (;;) {} } }; o.x"),
    ("loop-in-finally", "for (;;) { try { throw 1 } finally { continue } }"),
    ("loop-in-catch", "function f() { try { f() } catch { f() } } f()"),
    (
        "generator",
        "function* g() { for (;;) yield 1 } for (const x of g()) {}",
    ),
    ("promises", "function f() { return Promise.resolve().then(f) } f()"),
    ("await", "(async () => { for (;;) await null })()"),
    ("never", "return new Promise(() => {})"),
    ("recursion", "(function f(n) { return 1 + f(n + 1) })(1)"),
    (
        "recursion-of-proxies",
        "let p = {}; for (let i = 0; i < 1e6; i++) p = new Proxy(p, {}); p.x",
    ),
    (
        "recursion-of-json",
        "let a = []; for (let i = 0; i < 1e6; i++) a = [a]; JSON.stringify(a)",
    ),
    (
        "recursion-of-text",
        "const o = { toString() { return '' + this } }; '' + o",
    ),
    ("json-depth", "JSON.parse('['.repeat(1e6))"),
    ("json-width", "JSON.parse('[' + '[],'.repeat(1e6) + '[]]')"),
    (
        "json-twice",
        "let o = { a: 'x'.repeat(1000) }; for (;;) o = { a: JSON.stringify(o) }",
    ),
    ("doubling", "let s = 'x'; for (;;) s += s"),
    ("doubling-array", "let a = [1]; for (;;) a = a.concat(a)"),
    ("repeat", "'x'.repeat(2 ** 30 - 1)"),
    ("pad", "'x'.padEnd(2 ** 30)"),
    ("join", "Array(2 ** 28).join('abcdefgh')"),
    ("arrays", "const a = []; for (;;) a.push(new Array(1e5).fill(a))"),
    ("buffers", "const a = []; for (;;) a.push(new ArrayBuffer(1 << 20))"),
    ("map", "const m = new Map(); for (let i = 0; ; i++) m.set('k' + i, m)"),
    ("sparse", "const a = []; a.length = 2 ** 32 - 1; a.sort()"),
    ("reverse", "const a = []; a[2 ** 31] = 1; a.reverse()"),
    ("bigint", "let n = 3n; for (;;) n = n * n"),
    ("bigint-power", "2n ** (2n ** 40n)"),
    ("bigint-text", "(7n ** 300000n).toString()"),
    ("bigint-shift", "1n << 100000000n"),
    ("regex", "/^(a+)+$/.test('a'.repeat(40) + '!')"),
    ("regex-back", "/(.*)*\\1*\\1*=/.test('x'.repeat(5000))"),
    (
        "regex-size",
        "new RegExp('(' + 'a|'.repeat(1e5) + 'b)+$').test('a'.repeat(1e5))",
    ),
    ("regex-depth", "new RegExp('('.repeat(1e5) + ')'.repeat(1e5))"),
    (
        "regex-count",
        "for (;;) new RegExp('(?:a{1,60000}){1,60000}').test('a'.repeat(1e5))",
    ),
    ("replace", "let s = 'a'; for (;;) s = s.replace(/a/g, 'aaaa')"),
    (
        "sort",
        "const a = Array.from({ length: 1e6 }, (_, i) => -i); for (;;) a.sort((x, y) => x - y)",
    ),
    (
        "eval",
        "for (let i = 0; ; i++) (0, eval)('function f' + i + '() { return ' + i + ' }')",
    ),
    ("function", "for (;;) new Function('a'.repeat(1e5))"),
    ("source-depth", "(0, eval)('('.repeat(2e5))"),
    ("source-size", "(0, eval)('1;'.repeat(3e6))"),
    ("symbols", "const o = {}; for (;;) o[Symbol()] = 1"),
    (
        "atoms",
        "const o = {}; for (let i = 0; ; i++) { o['p' + i] = 1; delete o['p' + i] }",
    ),
    ("classes", "let C = class {}; for (;;) C = class extends C {}"),
    (
        "bind",
        "let f = () => 1; for (let i = 0; i < 1e6; i++) f = f.bind(null); f()",
    ),
    ("args", "Math.max(...new Array(1e7).fill(1))"),
    ("apply", "String.fromCharCode.apply(null, new Array(1e6).fill(65))"),
    (
        "weak",
        "for (;;) new WeakRef({}), new FinalizationRegistry(() => {}).register({}, 1)",
    ),
    ("date", "for (;;) new Date(8.64e15).toISOString()"),
    (
        "dates-of-text",
        "for (let i = 0; ; i++) Date.parse('x'.repeat(i % 10000))",
    ),
    (
        "proxy-of-ksr",
        "KSR = new Proxy(KSR, { get() { for (;;) {} } }); KSR.tm",
    ),
    (
        "prototype",
        "Object.prototype.sl_send_reply = () => { for (;;) {} }; Array.prototype.push = null; KSR.sl.sl_send_reply(200, 'OK'); for (;;) {}",
    ),
    ("constructor", "KSR.constructor.constructor('for (;;) {}')()"),
    (
        "freeze",
        "Object.freeze(globalThis); Object.setPrototypeOf(KSR, null); KSR.sl = null; KSR.sl.x()",
    ),
    ("toString", "KSR.pv.gete({ toString() { for (;;) {} } }); for (;;) {}"),
    ("valueOf", "KSR.setflag({ valueOf() { throw KSR } })"),
    ("arguments", "KSR.pv.sets('$var(x)', 'x'.repeat(1 << 24)); for (;;) {}"),
    ("many-arguments", "KSR.pv.gete(...new Array(1e5).fill('$ru'))"),
    ("pv-names", "for (let i = 0; ; i++) KSR.pv.gete('$var(n' + i + ')')"),
    (
        "pv-values",
        "for (let i = 0; ; i++) KSR.pv.sets('$var(n' + i + ')', 'x'.repeat(10000))",
    ),
    (
        "avps",
        "for (let i = 0; ; i++) KSR.pv.sets('$avp(n)', 'x'.repeat(1000))",
    ),
    (
        "xavps",
        "for (let i = 0; ; i++) KSR.pvx.xavp_sets('n', 'x'.repeat(1000))",
    ),
    (
        "tables",
        "for (let i = 0; ; i++) KSR.htable.sht_sets('shared', 'k' + i, 'x'.repeat(1000))",
    ),
    (
        "regexes",
        "for (let i = 0; ; i++) KSR.textops.search_str('aaaaaaaaaaaaaaaaaaaaaa!', '(a+)+' + i)",
    ),
    (
        "headers",
        "for (let i = 0; ; i++) KSR.hdr.append('X-' + i + ': ' + 'x'.repeat(1000) + '\\r\\n')",
    ),
    (
        "branches",
        "for (let i = 0; ; i++) KSR.corex.append_branch_uri('sip:b' + i + '@192.0.2.20')",
    ),
    (
        "relays",
        "for (;;) { KSR.seturi('sip:b@192.0.2.20'); KSR.tm.t_relay() }",
    ),
    (
        "requests",
        "for (;;) KSR.tm.t_uac_send('OPTIONS', 'sip:b@192.0.2.20', '', '', '', '')",
    ),
    ("throw-large", "throw 'x'.repeat(1 << 22)"),
    (
        "throw-lines",
        "throw 'x\\n2026-01-01T00:00:00Z ERROR kemist: forged\\r\\n\\u001b[31m'",
    ),
    ("throw-proxy", "throw new Proxy({}, { get() { throw 1 } })"),
    (
        "throw-stack",
        "const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { for (;;) {} } }); throw e",
    ),
    ("throw-null", "throw null"),
    ("throw-loop", "throw { toString() { for (;;) {} } }"),
    (
        "global-callbacks",
        "for (let i = 0; i < 1e5; i++) globalThis['ksr_route_' + i] = () => {}; throw 1",
    ),
];

/// One script with all of them: the user part of the request URI says which.
pub fn script() -> String {
    let mut text =
        "function ksr_request_route() {\n    const what = KSR.pv.gete('$rU');\n    switch (what) {\n".to_owned();
    for (index, (name, _)) in SCRIPTS.iter().enumerate() {
        text += &format!("    case '{name}': return f{index}();\n");
    }
    text += "    default: KSR.sl.sl_send_reply(200, 'Script');\n    }\n}\n";
    for (index, (_, statements)) in SCRIPTS.iter().enumerate() {
        text += &format!("function f{index}() {{ {statements} }}\n");
    }
    text
}
