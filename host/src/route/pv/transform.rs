//! Transformations: `{s.len}`, `{uri.user}`, `{param.value,x}`, ... applied to a value.

mod address;
mod codec;
mod string;

use super::spec::{ParseError, Text};
use super::{MAX_VALUE, Read};
use crate::route::Route;
use crate::route::regexes::Substitution;
use std::borrow::Cow;

/// One transformation with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Transform {
    op: Op,
    args: Box<[Text]>,
}

#[derive(Clone, Debug, PartialEq)]
enum Op {
    Text(string::Op),
    Codec(codec::Op),
    Address(address::Op),
    /// `{val.n0}`: null to 0.
    NullToZero,
    /// `{val.ne}`: null to the empty text.
    NullToEmpty,
    /// `{re.subst,/expression/replacement/flags}`.
    Substitute(Substitution),
}

impl Transform {
    /// Parses `class.op,argument,...`.
    pub fn parse(text: &[u8], depth: u8) -> Result<Transform, ParseError> {
        let unknown = || ParseError::Transform(String::from_utf8_lossy(text).into_owned());
        let (name, args) = match memchr::memchr(b',', text) {
            Some(comma) => (&text[..comma], Some(&text[comma + 1..])),
            None => (text, None),
        };
        if name == b"re.subst" {
            let substitution = args.and_then(Substitution::parse).ok_or_else(unknown)?;
            return Ok(Transform {
                op: Op::Substitute(substitution),
                args: Box::default(),
            });
        }
        let args: Box<[Text]> = match args {
            // an argument may itself be a comma, as in {s.select,0,,}
            Some(args) => split_args(args)
                .map(|arg| Text::parse_at(arg, depth))
                .collect::<Result<_, _>>()?,
            None => Box::default(),
        };
        let (op, needed) = Op::parse(name).ok_or_else(unknown)?;
        if args.len() < needed {
            return Err(unknown());
        }
        Ok(Transform { op, args })
    }

    /// The value transformed. Null stays null except by the `val` class.
    pub fn apply<'a>(&'a self, route: &'a Route, value: Read<'a>) -> Read<'a> {
        match (&self.op, value) {
            (Op::NullToZero, Read::Null) => Read::Int(0),
            (Op::NullToEmpty, Read::Null) => Read::text(b""),
            (Op::NullToZero | Op::NullToEmpty, value) => value,
            (_, Read::Null) => Read::Null,
            (Op::Text(op), value) => bounded(op.apply(self, route, value)),
            (Op::Codec(op), value) => value.into_text().map_or(Read::Null, |text| bounded(op.apply(&text))),
            (Op::Address(op), value) => op.apply(self, route, value),
            (Op::Substitute(substitution), value) => {
                let text = value.into_text().unwrap_or_default();
                substitution
                    .apply(&text)
                    .map_or(Read::Str(text), |out| bounded(Read::owned(out)))
            }
        }
    }

    /// An argument as text; empty where it is missing.
    fn text<'a>(&'a self, route: &'a Route, at: usize) -> Cow<'a, [u8]> {
        self.args.get(at).and_then(|arg| route.text(arg)).unwrap_or_default()
    }

    /// An argument as a number; 0 where it is missing.
    fn number(&self, route: &Route, at: usize) -> i64 {
        super::value::leading_number(&self.text(route, at))
    }
}

/// Splits at commas; where one comma follows another directly at the end, it is an argument.
fn split_args(args: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (head, last) = match args.strip_suffix(b",,") {
        Some(head) => (head, Some(&b","[..])),
        None if args == b"," => (&b""[..], Some(&b","[..])),
        None => (args, None),
    };
    let head = (!head.is_empty() || last.is_none()).then_some(head);
    head.into_iter().flat_map(|head| head.split(|b| *b == b',')).chain(last)
}

fn bounded(value: Read<'_>) -> Read<'_> {
    match value {
        Read::Str(text) if text.len() > MAX_VALUE => Read::Null,
        value => value,
    }
}

impl Op {
    /// The operation and how many arguments it needs.
    fn parse(name: &[u8]) -> Option<(Op, usize)> {
        match name {
            b"val.n0" => return Some((Op::NullToZero, 0)),
            b"val.ne" => return Some((Op::NullToEmpty, 0)),
            _ => {}
        }
        if let Some(op) = codec::Op::parse(name) {
            return Some((Op::Codec(op), 0));
        }
        if let Some((op, needed)) = string::Op::parse(name) {
            return Some((Op::Text(op), needed));
        }
        address::Op::parse(name).map(|(op, needed)| (Op::Address(op), needed))
    }
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, testing};

    #[test]
    fn transformations_do_what_their_names_say() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.pv_set("$var(s)", Value::text(b" a,b,C ")));
        assert!(route.pv_set(
            "$var(u)",
            Value::text(b"sip:al:pw@h.example:5070;transport=tcp;x=1?S=2")
        ));
        assert!(route.pv_set("$var(n)", Value::text(b"\"Al\" <sip:al@h>;tag=t;q=0.5")));
        assert!(route.pv_set("$var(p)", Value::text(b"a=1;b=2;lr")));
        let texts = [
            ("$(var(s){s.tolower})", " a,b,c "),
            ("$(var(s){s.toupper})", " A,B,C "),
            ("$(var(s){s.trim})", "a,b,C"),
            ("$(var(s){s.trim}{s.select,1,,})", "b"),
            ("$(var(s){s.trim}{s.select,-1,,})", "C"),
            ("$(fU{s.substr,1,3})", "lic"),
            ("$(fU{s.substr,2,0})", "ice"),
            ("$(fU{s.substr,-2,0})", "ce"),
            ("$(fU{s.strip,2})", "ice"),
            ("$(fU{s.striptail,2})", "ali"),
            ("$(fU{s.replace,i,o})", "aloce"),
            ("$(fU{s.before,i})", "al"),
            ("$(fU{s.after,i})", "ce"),
            ("$(fU{s.rm,l})", "aice"),
            ("$(fU{s.md5})", "6384e2b2184bcbf58eccf10ca7a6563c"),
            ("$(fU{s.encode.hexa})", "616c696365"),
            ("$(fU{s.encode.hexa}{s.decode.hexa})", "alice"),
            ("$(fn{s.unquote})", "Alice"),
            ("$(var(u){uri.user})", "al"),
            ("$(var(u){uri.passwd})", "pw"),
            ("$(var(u){uri.host})", "h.example"),
            ("$(var(u){uri.port})", "5070"),
            ("$(var(u){uri.transport})", "tcp"),
            ("$(var(u){uri.param,x})", "1"),
            ("$(var(u){uri.params})", "transport=tcp;x=1"),
            ("$(var(u){uri.headers})", "S=2"),
            ("$(var(u){uri.scheme})", "sip"),
            ("$(var(u){uri.saor})", "sip:al@h.example"),
            ("$(var(n){nameaddr.uri})", "sip:al@h"),
            ("$(var(n){nameaddr.name})", "\"Al\""),
            ("$(var(n){tobody.tag})", "t"),
            ("$(var(n){tobody.user})", "al"),
            ("$(var(p){param.value,b})", "2"),
            ("$(var(p){param.name,0})", "a"),
            ("$(var(p){param.valueat,1})", "2"),
            ("$(fU{re.subst,/l(.)c/<\\1>/})", "a<i>e"),
            ("$(fU{re.subst,/[aeiou]/_/g})", "_l_c_"),
            ("$(null{val.ne})", ""),
        ];
        for (name, text) in texts {
            assert_eq!(route.pv_get(name), Value::text(text.as_bytes()), "{name}");
        }
        for (name, number) in [
            ("$(fU{s.len})", 5),
            ("$(cs{s.int})", 7),
            ("$(var(s){s.count,,})", 2),
            ("$(var(p){param.count})", 3),
            ("$(var(p){param.in,lr})", 1),
            ("$(var(p){param.in,zz})", 0),
            ("$(null{val.n0})", 0),
        ] {
            assert_eq!(route.pv_get(name), Value::Int(number), "{name}");
        }
        for name in [
            "$(null{s.len})",
            "$(tt{s.tolower})",
            "$(var(u){uri.nope})",
            "$(fU{s.select})",
            "$(fU{re.subst,/(/x/})",
        ] {
            assert_eq!(route.pv_get(name), Value::Null, "{name}");
        }
    }
}
