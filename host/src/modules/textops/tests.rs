//! The functions as scripts call them.

use super::*;
use crate::route::testing;

fn s(text: &str) -> String {
    text.to_owned()
}

fn applied(route: &mut Route) -> String {
    assert!(route.apply_changes());
    String::from_utf8(route.msg.bytes().to_vec()).unwrap()
}

const PARTS: &str = "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\no=x\r\n--b1\r\n\
Content-Type: text/plain;charset=utf-8\r\nX-Part: 1\r\n\r\nhello\r\n--b1--\r\n";

fn multipart() -> Route {
    let head = testing::INVITE.split("Content-Type").next().unwrap();
    let length = PARTS.len();
    testing::request(&format!(
        "{head}Content-Type: multipart/mixed;boundary=\"b1\"\r\nContent-Length: {length}\r\n\r\n{PARTS}"
    ))
}

#[test]
fn texts_are_searched() {
    let mut route = testing::request(testing::INVITE);
    let r = &mut route;
    assert_eq!(r.search(s("^user-agent: .*TEST")), 1);
    assert_eq!(r.search(s("nowhere")), -1);
    assert_eq!(r.search(s("")), 1);
    assert_eq!(r.search(s("(")), -1);
    assert_eq!(r.search_body(s("^V=0")), 1);
    assert_eq!(r.search_body(s("INVITE")), -1);
    assert_eq!(r.search_hf(s("f"), s("alice"), s("a")), 1);
    assert_eq!(r.search_hf(s("From"), s("carol"), s("l")), -1);
    assert_eq!(r.is_present_hf(s("i")), 1);
    assert_eq!(r.is_present_hf(s("X-None")), -1);
    assert_eq!(r.is_present_hf_re(s("^user-")), 1);
    assert_eq!(r.is_present_hf_re(s("^x-")), -1);
}

#[test]
fn plain_texts_are_compared() {
    let mut route = testing::request(testing::INVITE);
    let r = &mut route;
    assert_eq!(r.cmp_str(s("a"), s("a")), 1);
    assert_eq!(r.cmp_str(s("b"), s("a")), -1);
    assert_eq!(r.cmp_str(s("a"), s("ab")), -2);
    assert_eq!(r.cmp_istr(s("AB"), s("ab")), 1);
    assert_eq!(r.starts_with(s("abc"), s("ab")), 1);
    assert_eq!(r.starts_with(s("a"), s("ab")), -1);
    assert_eq!(r.starts_with(s("aa"), s("ab")), -2);
    assert_eq!(r.ends_with(s("abc"), s("bc")), 1);
    assert_eq!(r.ends_with(s("abc"), s("bb")), -1);
    assert_eq!(r.str_find(s("hello"), s("ll")), 3);
    assert_eq!(r.str_find(s("hello"), s("LL")), -1);
    assert_eq!(r.str_ifind(s("hello"), s("LL")), 3);
    assert_eq!(r.str_any_in(s("hello"), s("xyo")), 1);
    assert_eq!(r.str_any_in(s("hello"), s("xyz")), -1);
    assert_eq!(r.str_all_in(s("hello"), s("ole")), 1);
    assert_eq!(r.str_all_in(s("hello"), s("olx")), -1);
    assert_eq!(r.in_list(s("b"), s("a, b ,c"), s(",")), 1);
    assert_eq!(r.in_list(s("d"), s("a, b ,c"), s(",")), -1);
    assert_eq!(r.in_list_prefix(s("0049123"), s("0043,0049"), s(",")), 1);
    assert_eq!(r.in_list_prefix(s("0123"), s("0043,,0049"), s(",")), -1);
    assert_eq!(r.search_str(s("text"), s("^T")), 1);
    assert_eq!(r.search_str(s("text"), s("z")), -1);
    assert_eq!(r.search_str(s("text"), s("")), 2);
    assert_eq!(r.search_str(s(""), s("x")), -2);
    assert_eq!(r.search_str(s("x"), s("(")), -2);
    assert_eq!(
        r.regex_substring(s("sip:bob@h"), s("sip:(.*)@(.*)"), 1, 3, s("$var(x)")),
        1
    );
    assert_eq!(r.pv_get("$var(x)"), Value::text(b"bob"));
    assert_eq!(r.regex_substring(s("none"), s("sip:(.*)"), 1, 2, s("$var(x)")), -2);
    assert_eq!(r.regex_substring(s("sip:"), s("sip:(.*)"), 1, 2, s("$var(x)")), -1);
    assert_eq!(r.regex_substring(s("sip:"), s("sip:(.*)"), 2, 2, s("$var(x)")), -1);
    assert_eq!(r.subst_v(s("abc"), s("/b/<\\0>/"), s("$var(x)")), 1);
    assert_eq!(r.pv_get("$var(x)"), Value::text(b"a<b>c"));
}

#[test]
fn what_is_replaced_shows_after_the_changes_are_applied() {
    let mut route = testing::request(testing::INVITE);
    let r = &mut route;
    assert_eq!(r.replace(s("unit (test)"), s("other")), 1);
    assert_eq!(r.replace_body(s("v=0"), s("v=0\r\ns=longer")), 1);
    assert_eq!(r.search_append(s("^Call-ID: .*10"), s("-x")), 1);
    assert_eq!(r.search_append_body(s("^v"), s("v")), 1);
    assert_eq!(r.subst(s("/max-forwards: 70/Max-Forwards: 69/i")), 1);
    assert_eq!(r.replace(s("nowhere"), s("x")), -1);
    assert_eq!(r.pv_get("$ua"), Value::text(b"unit test"), "until then");
    let text = applied(r);
    assert!(text.contains("User-Agent: other\r\n"), "{text}");
    assert!(text.contains("Call-ID: call-1@192.0.2.10-x\r\n"), "{text}");
    assert!(text.contains("Max-Forwards: 69\r\n"), "{text}");
    assert!(
        text.contains(&format!("Content-Length: {}\r\n", r.msg.body().len())),
        "{text}"
    );
    assert!(text.ends_with("\r\n\r\nv=0\r\ns=longer\r\n"), "{text}");
}

#[test]
fn every_match_or_the_first_is_replaced() {
    let mut route = testing::request(testing::INVITE);
    let r = &mut route;
    assert_eq!(r.replace_all(s("@localhost"), s("@example.org")), 1);
    assert_eq!(r.replace_all(s("x*"), s("y")), -1, "a match of no length");
    let text = applied(r);
    assert!(text.contains("<sip:alice@example.org>") && text.contains("To: <sip:bob@example.org>"));
    assert!(text.starts_with("INVITE sip:bob@localhost "), "the first line stays");
    assert_eq!(r.set_body(s("a b\r\na b\r\n"), s("text/plain")), 1);
    applied(r);
    assert_eq!(r.replace_body_all(s("^a"), s("c")), 1);
    applied(r);
    assert_eq!(r.msg.body(), b"c b\r\nc b\r\n");
    assert_eq!(r.replace_body_atonce(s("^c"), s("d")), 1);
    applied(r);
    assert_eq!(r.msg.body(), b"d b\r\nc b\r\n");
    assert_eq!(r.replace_body_str(s("b"), s("e"), s("a")), 1);
    assert_eq!(r.replace_hdrs_str(s("unit"), s("UNIT"), s("f")), 1);
    assert_eq!(
        r.replace_str(s("nowhere"), s("x"), s("a")),
        1,
        "nothing to replace is no failure"
    );
    assert_eq!(r.subst_body(s("/d/D/")), 1);
    let text = applied(r);
    assert_eq!(r.msg.body(), b"D e\r\nc e\r\n");
    assert!(text.contains("User-Agent: UNIT test"));
}

#[test]
fn no_value_becomes_a_header_and_the_host_keeps_its_own() {
    let mut route = testing::request(testing::INVITE);
    let r = &mut route;
    for (expression, value) in [
        ("unit test", "x\r\nRoute: <sip:evil>"),
        ("unit test", "x\nRoute: <sip:evil>"),
        ("unit test", "x\0"),
        ("192\\.0\\.2\\.10:5062;branch", "203.0.113.1;branch"),
        ("Content-Length: 5", "Content-Length: 4"),
        ("Max-Forwards: 70\r\n", "\r\n"),
        ("User-Agent", "Via"),
        ("User-Agent", "Content-Length"),
        ("User-Agent: ", ""),
        ("5\r\n\r\nv", "v"),
    ] {
        assert_eq!(r.replace(s(expression), s(value)), -1, "{expression}");
    }
    assert_eq!(r.search_append(s("unit test"), s("\r\nX: y")), -1);
    assert_eq!(r.subst(s("/unit test/x\\r\\nX: y/")), -1);
    assert_eq!(r.subst_hf(s("Via"), s("/UDP/TCP/"), s("a")), -1);
    assert_eq!(r.remove_hf(s("v")), -1);
    assert!(r.edits.is_empty());
    // a line may be replaced as a whole, or go
    assert_eq!(r.replace(s("^User-Agent: .*\r\n"), s("Server: x\r\n")), 1);
    assert_eq!(r.replace(s("^Max-Forwards: .*\r\n"), s("")), 1);
    let text = applied(r);
    assert!(text.contains("\r\nServer: x\r\n") && !text.contains("Max-Forwards"));
}

#[test]
fn substitutions_know_groups_variables_and_flags() {
    let mut route = testing::request(testing::INVITE);
    let r = &mut route;
    assert_eq!(r.subst_uri(s("/^sip:(.*)@(.*)$/sip:\\2@\\1.$fd/")), 1);
    assert_eq!(r.pv_get("$ru"), Value::text(b"sip:localhost@bob.localhost"));
    assert_eq!(r.subst_uri(s("/nowhere/x/")), -1);
    assert_eq!(r.subst_uri(s("/sip:/sip:x y/")), -1, "no URI");
    assert_eq!(r.subst_user(s("/^local/global/")), 1);
    assert_eq!(r.pv_get("$rU"), Value::text(b"globalhost"));
    assert_eq!(r.subst_user(s("-host-\\-x-")), 1, "another delimiter, escaped");
    assert_eq!(r.pv_get("$rU"), Value::text(b"global-x"));
    assert_eq!(r.subst_hf(s("From"), s("/alice/carol/g"), s("f")), 1);
    assert_eq!(r.subst_hf(s("X-None"), s("/a/b/"), s("a")), -1);
    assert_eq!(r.subst(s("no delimiter")), -1);
    assert!(applied(r).contains("<sip:carol@localhost>"));
}

#[test]
fn headers_are_removed() {
    let line = "X-A: one\r\nX-A: two\r\nX-B: three\r\nX-A: four\r\nContent-Type";
    let mut route = testing::request(&testing::INVITE.replace("Content-Type", line));
    let r = &mut route;
    assert_eq!(r.remove_hf_idx(s("X-A"), 9), 2);
    assert_eq!(r.remove_hf_idx(s("X-A"), -9), 1);
    assert_eq!(r.remove_hf_idx(s("X-A"), -1), 1);
    assert_eq!(r.remove_hf_match(s("X-A"), s("eq"), s("one")), 1);
    assert_eq!(r.remove_hf_match(s("X-A"), s("in"), s("none")), -2);
    assert_eq!(r.remove_hf_match(s("X-A"), s("xx"), s("one")), -1);
    assert_eq!(r.remove_hf_match(s("X-A"), s("re"), s("(")), -1);
    assert_eq!(r.remove_hf_exp(s("^x-"), s("^x-a")), 1);
    assert_eq!(r.remove_hf_re(s("^z-")), -1);
    assert_eq!(r.remove_hf_re(s("^user")), 1);
    assert_eq!(r.remove_hf(s("X-None")), -1);
    let text = applied(r);
    assert!(text.contains("X-A: two") && !text.contains("one") && !text.contains("four"));
    assert!(!text.contains("X-B") && !text.contains("User-Agent"));
    assert_eq!(r.remove_hf_re(s(".")), 1);
    let text = applied(r);
    assert!(text.contains("Via:") && text.contains("Content-Length:") && !text.contains("X-A"));
}

#[test]
fn bodies_are_set() {
    let mut route = testing::request(testing::INVITE);
    let r = &mut route;
    assert_eq!(r.has_body(), 1);
    assert_eq!(r.has_body_type(s("application/SDP")), 1);
    assert_eq!(r.has_body_type(s("text/plain")), -1);
    assert_eq!(r.set_body(s("first"), s("text/plain")), 1);
    assert_eq!(
        r.set_body(s("second one"), s("text/html")),
        1,
        "in the place of the first"
    );
    assert_eq!(r.set_body(s(""), s("text/html")), -1);
    assert_eq!(r.set_body(s("x"), s("text/html\r\nX: y")), -1);
    let text = applied(r);
    assert!(text.ends_with("\r\n\r\nsecond one"), "{text}");
    assert!(
        text.contains("Content-Type: text/html\r\n") && !text.contains("plain"),
        "{text}"
    );
    assert!(text.contains("Content-Length: 10\r\n"), "{text}");
    assert_eq!(r.set_body_hex(s("61 62\n63"), s("text/plain")), 1);
    assert_eq!(r.set_body_hex(s("6x"), s("text/plain")), -1);
    applied(r);
    assert_eq!(r.msg.body(), b"abc");
    let bare = testing::INVITE.replace(
        "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n",
        "\r\n",
    );
    let mut route = testing::request(&bare);
    let r = &mut route;
    assert_eq!(r.has_body(), -1);
    assert_eq!(r.search_body(s(".")), -1);
    assert_eq!(r.set_body(s("one"), s("text/plain")), 1);
    assert_eq!(r.set_body(s("three"), s("text/html")), 1);
    let text = applied(r);
    assert!(
        text.ends_with("Content-Type: text/html\r\nContent-Length: 5\r\n\r\nthree"),
        "{text}"
    );
}

#[test]
fn a_reply_carries_the_body_that_was_set() {
    let mut route = testing::request(testing::INVITE);
    assert_eq!(route.set_reply_body(s("because"), s("text/plain")), 1);
    assert_eq!(route.set_reply_body(s(""), s("text/plain")), -1);
    assert_eq!(route.send_stateless(403, "Forbidden"), 1);
    assert_eq!(route.send_stateless(403, "Forbidden"), 1);
    let sent = testing::sent();
    let text = String::from_utf8(sent[0].bytes.to_vec()).unwrap();
    assert!(
        text.contains("Content-Type: text/plain\r\nContent-Length: 7\r\n\r\nbecause"),
        "{text}"
    );
    let text = String::from_utf8(sent[1].bytes.to_vec()).unwrap();
    assert!(
        text.contains("Content-Length: 0\r\n"),
        "for the next reply only: {text}"
    );
}

#[test]
fn parts_are_read_kept_and_removed() {
    let mut route = multipart();
    let r = &mut route;
    assert_eq!(r.get_body_part(s("application/sdp"), s("$var(p)")), 1);
    assert_eq!(r.pv_get("$var(p)"), Value::text(b"v=0\r\no=x"));
    assert_eq!(r.get_body_part_raw(s("text/plain"), s("$var(p)")), 1);
    let raw: &[u8] = b"Content-Type: text/plain;charset=utf-8\r\nX-Part: 1\r\n\r\nhello";
    assert_eq!(r.pv_get("$var(p)"), Value::text(raw));
    assert_eq!(r.get_body_part(s("image/png"), s("$var(p)")), -1);
    assert_eq!(r.append_body_part_cd(s("more"), s("text/x"), s("render")), 1);
    assert_eq!(r.append_body_part_hex(s("79"), s("text/y")), 1);
    assert_eq!(r.append_body_part(s("--b1 in it"), s("text/x")), -1);
    assert_eq!(r.append_body_part(s("x"), s("text/x\r\nX: y")), -1);
    assert_eq!(r.remove_body_part(s("text/plain")), 1);
    assert_eq!(r.remove_body_part(s("image/png")), -1);
    applied(r);
    let body = String::from_utf8(r.msg.body().to_vec()).unwrap();
    assert!(!body.contains("hello"), "{body}");
    assert!(
        body.ends_with("--b1\r\nContent-Type: text/x\r\nContent-Disposition: render\r\n\r\nmore\r\n--b1\r\nContent-Type: text/y\r\n\r\ny\r\n--b1--\r\n"),
        "{body}"
    );
    assert_eq!(r.filter_body(s("application/sdp")), 1);
    applied(r);
    assert_eq!(r.msg.body(), b"v=0\r\no=x");
    assert_eq!(r.filter_body(s("application/sdp")), -1);
}

#[test]
fn a_body_becomes_multipart() {
    let mut route = testing::request(testing::INVITE);
    let r = &mut route;
    assert_eq!(r.append_body_part(s("x"), s("text/x")), -1, "not yet");
    assert_eq!(r.get_body_part(s("text/x"), s("$var(p)")), 1);
    assert_eq!(r.pv_get("$var(p)"), Value::text(b"v=0\r\n"), "all of it");
    assert_eq!(r.set_body_multipart_boundary(s("bad\r\n")), -1);
    assert_eq!(r.set_body_multipart_boundary(s("b2")), 1);
    let text = applied(r);
    assert!(
        text.contains("Content-Type: multipart/mixed;boundary=\"b2\"\r\n"),
        "{text}"
    );
    assert!(text.contains("MIME-Version: 1.0\r\n"));
    assert!(
        text.ends_with("\r\n\r\n--b2\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--b2--\r\n"),
        "{text}"
    );
    assert_eq!(r.set_body_multipart_mode(), 1, "it is one");
    assert_eq!(r.set_body_multipart(s("new"), s("text/x"), s("")), 1);
    applied(r);
    assert!(
        r.msg
            .body()
            .starts_with(b"--unique-boundary-1\r\nContent-Type: text/x\r\n\r\nnew\r\n--unique")
    );
}

#[test]
fn holding_is_told_from_the_description() {
    for (sdp, code) in [
        (
            "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\na=sendonly\r\n",
            2,
        ),
        (
            "v=0\r\nc=IN IP4 192.0.2.1\r\na=inactive\r\nm=audio 4000 RTP/AVP 0\r\n",
            2,
        ),
        ("v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n", 1),
        (
            "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n",
            -1,
        ),
        ("v=0\r\na=sendonly\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n", -1),
        (
            "v=0\r\nm=video 4000 RTP/AVP 0\r\na=sendonly\r\nm=audio 4002 RTP/AVP 0\r\n",
            -1,
        ),
        ("", -1),
    ] {
        assert_eq!(bodies::audio_hold(sdp.as_bytes()), code, "{sdp}");
    }
    let line = "Privacy: id;user\r\nContent-Type";
    let mut route = testing::request(&testing::INVITE.replace("Content-Type", line));
    assert_eq!(route.is_audio_on_hold(), -1);
    assert_eq!(route.is_privacy(s("ID")), 1);
    assert_eq!(route.is_privacy(s("none")), -1);
    assert_eq!(route.is_privacy(s("other")), -1);
}
