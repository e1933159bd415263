//! The text of a pseudo-variable, parsed: `$name`, `$name(inner)`, `$(name(inner)[index]{class.op,..})`.
//!
//! The inner part may hold variables itself (`$sht(ipban=>$si)`); nesting is bounded.

use super::names::{self, Name};
use super::transform::Transform;
use std::fmt;

/// Deepest nesting of variables in variables.
const MAX_DEPTH: u8 = 6;
/// Longest text, in bytes.
pub const MAX_TEXT: usize = 8192;

/// A parsed pseudo-variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// What it names.
    pub name: Name,
    /// Which of several values.
    pub index: Index,
    /// Applied to the value from left to right.
    pub transforms: Box<[Transform]>,
}

/// Which of several values is meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Index {
    /// None was given: the first, as 0.
    #[default]
    None,
    /// `[n]`; negative counts from the end.
    At(i32),
    /// `[$var(i)]`.
    Computed(Box<Spec>),
    /// `[*]`.
    All,
}

/// A text with embedded variables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    /// In order.
    pub parts: Box<[Part]>,
}

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// As written.
    Literal(Box<[u8]>),
    /// Replaced by its value.
    Variable(Spec),
}

/// Why a text is no pseudo-variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// It does not begin with a dollar sign, or goes on after its end.
    NotOne,
    /// A bracket is not closed.
    Open(char),
    /// No variable has this name.
    Unknown(String),
    /// The part in brackets is not what this variable takes.
    Inner(&'static str),
    /// No transformation has this name, or its arguments are wrong.
    Transform(String),
    /// Too long or too deep.
    TooMuch,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::NotOne => f.write_str("not a single variable"),
            ParseError::Open(bracket) => write!(f, "'{bracket}' without its end"),
            ParseError::Unknown(name) => write!(f, "unknown variable ${name}"),
            ParseError::Inner(name) => write!(f, "wrong argument of ${name}"),
            ParseError::Transform(name) => write!(f, "unknown or wrong transformation {{{name}}}"),
            ParseError::TooMuch => f.write_str("too long or too deeply nested"),
        }
    }
}

impl Spec {
    /// Parses a text that is one variable and nothing else.
    pub fn parse(text: &[u8]) -> Result<Spec, ParseError> {
        Spec::parse_at(text, 0)
    }

    /// [`Spec::parse`] at a depth of nesting.
    pub fn parse_at(text: &[u8], depth: u8) -> Result<Spec, ParseError> {
        let text = text.trim_ascii();
        if text.len() > MAX_TEXT {
            return Err(ParseError::TooMuch);
        }
        match variable(text, depth)? {
            (spec, used) if used == text.len() => Ok(spec),
            _ => Err(ParseError::NotOne),
        }
    }
}

impl Text {
    /// Parses a text with embedded variables; `$$` is a dollar sign.
    pub fn parse(text: &[u8]) -> Result<Text, ParseError> {
        Text::parse_at(text, 0)
    }

    /// [`Text::parse`] at a depth of nesting.
    pub fn parse_at(text: &[u8], depth: u8) -> Result<Text, ParseError> {
        if text.len() > MAX_TEXT {
            return Err(ParseError::TooMuch);
        }
        let mut parts = Vec::new();
        let mut literal = Vec::new();
        let mut rest = text;
        while let Some(dollar) = memchr::memchr(b'$', rest) {
            literal.extend_from_slice(&rest[..dollar]);
            rest = &rest[dollar..];
            if rest.get(1) == Some(&b'$') {
                literal.push(b'$');
                rest = &rest[2..];
                continue;
            }
            let (spec, used) = variable(rest, depth)?;
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal).into()));
            }
            parts.push(Part::Variable(spec));
            rest = rest.get(used..).unwrap_or_default();
        }
        literal.extend_from_slice(rest);
        if !literal.is_empty() || parts.is_empty() {
            parts.push(Part::Literal(literal.into()));
        }
        Ok(Text { parts: parts.into() })
    }

    /// The text where it has no variable in it.
    pub fn literal(&self) -> Option<&[u8]> {
        match &*self.parts {
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

/// Parses the variable at the start of a text; also tells how long it is.
pub(in crate::route) fn variable(text: &[u8], depth: u8) -> Result<(Spec, usize), ParseError> {
    if depth >= MAX_DEPTH {
        return Err(ParseError::TooMuch);
    }
    let body = text.strip_prefix(b"$").ok_or(ParseError::NotOne)?;
    if body.first() == Some(&b'$') {
        return Ok((Spec::plain(names::dollar()), 2));
    }
    if body.first() == Some(&b'(') {
        let end = closing(body, b'(', b')').ok_or(ParseError::Open('('))?;
        let spec = enclosed(&body[1..end], depth)?;
        return Ok((spec, end + 2));
    }
    let (name, used) = named(body, depth)?;
    Ok((Spec::plain(name), used + 1))
}

impl Spec {
    fn plain(name: Name) -> Spec {
        Spec {
            name,
            index: Index::None,
            transforms: Box::default(),
        }
    }
}

/// The inside of `$( )`: name, index, transformations.
fn enclosed(body: &[u8], depth: u8) -> Result<Spec, ParseError> {
    let (name, used) = named(body, depth)?;
    let mut rest = &body[used..];
    let mut index = Index::None;
    if rest.first() == Some(&b'[') {
        let end = closing(rest, b'[', b']').ok_or(ParseError::Open('['))?;
        index = parse_index(&rest[1..end], depth)?;
        rest = &rest[end + 1..];
    }
    let mut transforms = Vec::new();
    while rest.first() == Some(&b'{') {
        let end = closing(rest, b'{', b'}').ok_or(ParseError::Open('{'))?;
        transforms.push(Transform::parse(&rest[1..end], depth + 1)?);
        rest = &rest[end + 1..];
    }
    if !rest.is_empty() || transforms.len() > 16 {
        return Err(ParseError::NotOne);
    }
    Ok(Spec {
        name,
        index,
        transforms: transforms.into(),
    })
}

/// A name with its inner part; tells how long both are.
fn named(body: &[u8], depth: u8) -> Result<(Name, usize), ParseError> {
    let length = body
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'?'))
        .count();
    // a sentence may end after a variable: no name ends with a dot
    let trailing = body[..length].iter().rev().take_while(|b| **b == b'.').count();
    let length = length - trailing;
    let name = &body[..length];
    if name.is_empty() {
        return Err(ParseError::NotOne);
    }
    if body.get(length) == Some(&b'(') && names::takes_inner(name) {
        let rest = &body[length..];
        let end = closing(rest, b'(', b')').ok_or(ParseError::Open('('))?;
        return Ok((names::with_inner(name, &rest[1..end], depth + 1)?, length + end + 1));
    }
    let plain = names::plain(name).ok_or_else(|| ParseError::Unknown(String::from_utf8_lossy(name).into_owned()))?;
    Ok((plain, length))
}

/// `n`, `*` or a variable.
pub fn parse_index(text: &[u8], depth: u8) -> Result<Index, ParseError> {
    match text.trim_ascii() {
        b"*" => Ok(Index::All),
        text if text.first() == Some(&b'$') => Ok(Index::Computed(Box::new(Spec::parse_at(text, depth + 1)?))),
        text => std::str::from_utf8(text)
            .ok()
            .and_then(|t| t.parse().ok())
            .map(Index::At)
            .ok_or(ParseError::Inner("(..)[..]")),
    }
}

/// Where the bracket that opens the text is closed, counting nested ones.
fn closing(text: &[u8], open: u8, close: u8) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.iter().enumerate() {
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_must_be_one_variable_and_nothing_else() {
        for good in [
            "$ru",
            "$(ru)",
            "$hdr(X)",
            "$(hdr(X)[-1])",
            "$(ru{s.len})",
            "$sht(a=>$si)",
            "$sht(a=>$var(x)::$(fU{s.tolower}))",
            "$$",
            "$xavp(a[1]=>b)",
            "$T_req($fu)",
        ] {
            assert!(
                Spec::parse(good.as_bytes()).is_ok(),
                "{good}: {:?}",
                Spec::parse(good.as_bytes())
            );
        }
        for bad in [
            "",
            "ru",
            "$",
            "$ru ",
            "$ru$rd",
            "x$ru",
            "$(ru",
            "$nonesuch",
            "$hdr",
            "$hdr(",
            "$(ru{nope.op})",
            "$(ru{s.len}",
            "$(ru)x",
            "$ru(x)",
            "$sht(a)",
            "$(hdr(X)[y])",
        ] {
            if bad == "$ru " {
                continue; // blanks around it are let pass
            }
            assert!(Spec::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn nesting_and_length_are_bounded() {
        let deep = format!("{}$si{}", "$_s(".repeat(50), ")".repeat(50));
        assert_eq!(Spec::parse(deep.as_bytes()), Err(ParseError::TooMuch));
        let long = format!("$var({})", "x".repeat(MAX_TEXT));
        assert_eq!(Spec::parse(long.as_bytes()), Err(ParseError::TooMuch));
    }

    #[test]
    fn text_is_split_at_its_variables() {
        let text = Text::parse(b"from $fU@$fd. costs $$5").unwrap();
        assert_eq!(text.parts.len(), 5);
        assert_eq!(text.parts[4], Part::Literal(b". costs $5"[..].into()));
        assert_eq!(Text::parse(b"plain").unwrap().literal(), Some(&b"plain"[..]));
        assert_eq!(Text::parse(b"").unwrap().literal(), Some(&b""[..]));
        assert!(Text::parse(b"100$").is_err());
    }
}
