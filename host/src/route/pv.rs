//! Pseudo-variables: texts such as `$ru` or `$(hdr(Via)[-1]{s.tolower})`, parsed once into a [`Spec`]
//! and kept in a bounded cache, read and written on a [`Route`].
//!
//! Names, types and null rules are Kamailio's. A name must be consumed whole; one that is unknown is
//! an error line and reads as null.

mod branches;
mod cache;
mod headers;
mod identity;
mod lists;
mod message;
pub mod names;
mod network;
pub(in crate::route) mod read;
pub mod spec;
mod statistics;
mod tables;
mod time;
mod transaction;
mod transform;
mod value;
mod variables;
mod write;
pub mod xavps;

pub use network::socket_named;
pub use read::Read;
pub use spec::{ParseError, Spec, Text};
pub use value::leading_number;

use super::{Route, Value};

/// Longest value that an expansion or a transformation may make, in bytes.
pub const MAX_VALUE: usize = 64 * 1024;

impl Route {
    /// Reads a pseudo-variable by its text and hands the value to `f`, without copying it where it
    /// stands in the message. None where the text is no pseudo-variable (one error line).
    pub fn with_pv<R>(&self, name: &str, f: impl FnOnce(Read<'_>) -> R) -> Option<R> {
        match cache::spec(self.tenant, name) {
            Ok(spec) => Some(f(self.read(&spec))),
            Err(error) => {
                self.script_error(format_args!("{error} in pseudo-variable {name:?}"));
                None
            }
        }
    }

    /// The value of a pseudo-variable; null where the text is none.
    pub fn pv_get(&self, name: &str) -> Value {
        self.with_pv(name, |value| value.into_value()).unwrap_or_default()
    }

    /// Assigns a pseudo-variable; null unsets it. False where the text is none, where it cannot be
    /// written, or where the value does not fit it.
    pub fn pv_set(&mut self, name: &str, value: Value) -> bool {
        match cache::spec(self.tenant, name) {
            Ok(spec) => self.write(&spec, value),
            Err(error) => {
                self.script_error(format_args!("{error} in pseudo-variable {name:?}"));
                false
            }
        }
    }

    /// A text with its embedded variables replaced by their values (null as `<null>`); None where a
    /// variable in it is unknown or the outcome is over [`MAX_VALUE`] bytes.
    pub fn expand(&self, text: &str) -> Option<Vec<u8>> {
        if !text.contains('$') {
            return Some(super::text::from_guest(text).into_owned());
        }
        match cache::text(self.tenant, text) {
            Ok(parsed) => self.text(&parsed).map(std::borrow::Cow::into_owned),
            Err(error) => {
                self.script_error(format_args!("{error} in text {text:?}"));
                None
            }
        }
    }

    /// One error line with the script's blame.
    pub fn script_error(&self, what: std::fmt::Arguments<'_>) {
        self.complain("a pseudo-variable", what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    /// Variables with a piece of the grammar put in at some place.
    fn nonsense(seed: &mut u64) -> String {
        const TEXTS: [&str; 12] = [
            "$ru",
            "$(fu{uri.user})",
            "$hdr(Via)",
            "$(hdr(Via)[-1])",
            "$var(x)",
            "$(var(x){s.substr,1,2})",
            "$avp(x)",
            "$xavp(a[0]=>b[1])",
            "$sht(a=>$si)",
            "$(rU{s.select,0,,})",
            "$_s($fu $rU)",
            "$(branch(uri)[0])",
        ];
        const PIECES: [&str; 24] = [
            "",
            "$",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "=>",
            ",",
            ";",
            "*",
            "-1",
            "99999999999",
            " ",
            "$rU",
            "$(var(i))",
            "{s.len}",
            "{param.value,x}",
            "{re.subst,/a/b/}",
            "=",
            ".",
            "\u{e9}",
            "\0",
        ];
        let mut next = |bound: usize| {
            *seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (*seed >> 33) as usize % bound
        };
        let mut text = TEXTS[next(TEXTS.len())].to_owned();
        for _ in 0..next(3) {
            let at = next(text.len() + 1);
            if text.is_char_boundary(at) {
                text.insert_str(at, PIECES[next(PIECES.len())]);
            }
        }
        text
    }

    #[test]
    fn no_text_from_a_guest_is_too_odd() {
        let mut route = testing::request(testing::INVITE);
        let mut seed = 7;
        let mut good = 0;
        for _ in 0..20_000 {
            let text = nonsense(&mut seed);
            good += usize::from(Spec::parse(text.as_bytes()).is_ok());
            if let Ok(spec) = Spec::parse(text.as_bytes()) {
                route.read(&spec);
                route.write(&spec, Value::text(b"sip:a@b"));
                route.write(&spec, Value::Int(-1));
                route.write(&spec, Value::Null);
            }
            if let Ok(parsed) = Text::parse(text.as_bytes()) {
                route.text(&parsed);
            }
        }
        assert!(good > 1000, "some of them are variables: {good}");
    }

    #[test]
    fn every_name_can_be_read_on_the_oddest_message() {
        let bare = "OPTIONS x SIP/2.0\r\nX: \r\n\r\n";
        let odd = "SIP/2.0 200 \r\nVia: ;;\r\nFrom: \"\r\nTo: <\r\nCSeq: x\r\nContact: *\r\nAuthorization: Digest \r\nRoute: ,\r\nt: >\r\n\r\n";
        for text in [bare, odd, testing::INVITE, testing::RINGING] {
            let route = testing::request(text);
            for first in b'A'..=b'z' {
                for second in [
                    &b""[..],
                    b"U",
                    b"u",
                    b"d",
                    b"n",
                    b"t",
                    b"p",
                    b"P",
                    b"l",
                    b"s",
                    b"i",
                    b"z",
                    b"F",
                    b"f",
                    b"R",
                    b"ul",
                    b"as",
                    b"dn",
                    b"mid",
                    b"sid",
                ] {
                    if let Some(name) = names::plain(&[&[first], second].concat()) {
                        let spec = Spec {
                            name,
                            index: spec::Index::None,
                            transforms: Box::default(),
                        };
                        route.read(&spec);
                    }
                }
            }
        }
    }

    #[test]
    fn texts_are_expanded() {
        let route = testing::request(testing::INVITE);
        assert_eq!(route.expand("plain").unwrap(), b"plain");
        assert_eq!(
            route.expand("$fU@$fd from $si:$sp, tag $tt, $$1").unwrap(),
            b"alice@localhost from 192.0.2.10:5062, tag <null>, $1"
        );
        assert_eq!(route.expand("$nonesuch"), None);
        assert_eq!(route.pv_get("$_s(<$(rU{s.toupper})>)"), Value::text(b"<BOB>"));
    }

    #[test]
    fn values_stay_bounded() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.pv_set("$var(x)", Value::text(&vec![b'x'; MAX_VALUE])));
        assert!(!route.pv_set("$var(y)", Value::text(&vec![b'x'; MAX_VALUE + 1])));
        assert_eq!(route.expand("$var(x)$var(x)"), None);
        assert_eq!(route.pv_get("$(var(x){s.replace,x,yyyyyyyy})"), Value::Null);
    }
}
