//! What a value must be, and texts with variables.

use super::document::{Finding, Node, Place, Value};
use super::keys;
use regex::Regex;

/// What a value, or one of several of a name, must be.
#[derive(Debug)]
pub(super) struct Match {
    pub place: Place,
    tests: Vec<Test>,
}

#[derive(Debug)]
enum Test {
    Equals(String),
    Number(i64),
    Present,
    Absent,
    Contains(String),
    Lacks(String),
    Matches(Regex),
    Count(usize),
    Each(Vec<Match>),
}

/// Gives texts their variables.
pub(super) trait Variables {
    /// The value of a variable; an error says why there is none.
    fn value(&self, name: &str) -> Result<String, String>;
}

impl Match {
    /// Reads a match: a text must be equal.
    pub fn read(node: Node) -> Result<Match, Finding> {
        let place = node.place.clone();
        let tests = match node.value {
            Value::Str(text) => vec![Test::Equals(text)],
            Value::Int(number) => vec![Test::Number(number)],
            Value::Bool(true) => vec![Test::Present],
            Value::Bool(false) => vec![Test::Absent],
            Value::Array(items) => {
                let each = items.into_iter().map(Match::read).collect::<Result<_, _>>()?;
                vec![Test::Each(each)]
            }
            Value::Table(_) => table(node)?,
            Value::Other(_) => return Err(node.finding("a text, a number, true, false or a table is expected")),
        };
        Ok(Match { place, tests })
    }

    /// Reads a match of a line: a text must be a part of it.
    pub fn part(node: Node) -> Result<Match, Finding> {
        match node.value {
            Value::Str(text) => Ok(Match {
                place: node.place,
                tests: vec![Test::Contains(text)],
            }),
            _ => Match::read(node),
        }
    }

    /// A text that must be equal.
    pub fn equal(place: Place, text: String) -> Match {
        Match {
            place,
            tests: vec![Test::Equals(text)],
        }
    }

    /// What is wrong with the values, if anything: what was expected. Where there are several, one
    /// must fit.
    pub fn refuse(&self, values: &[String], variables: &dyn Variables) -> Result<(), String> {
        for test in &self.tests {
            test.check(values, variables)?;
        }
        Ok(())
    }
}

impl Test {
    fn check(&self, values: &[String], variables: &dyn Variables) -> Result<(), String> {
        let some = |fits: &dyn Fn(&str) -> bool| values.iter().any(|value| fits(value));
        let (fits, wanted) = match self {
            Test::Equals(text) => {
                let text = fill(text, variables)?;
                (some(&|value| value == text), format!("{text:?}"))
            }
            Test::Number(number) => (some(&|value| value.trim().parse() == Ok(*number)), number.to_string()),
            Test::Present => (!values.is_empty(), "something".to_owned()),
            Test::Absent => (values.is_empty(), "nothing".to_owned()),
            Test::Contains(text) => {
                let text = fill(text, variables)?;
                (some(&|value| value.contains(&text)), format!("something with {text:?}"))
            }
            Test::Lacks(text) => {
                let text = fill(text, variables)?;
                (!some(&|value| value.contains(&text)), format!("nothing with {text:?}"))
            }
            Test::Matches(regex) => (some(&|value| regex.is_match(value)), format!("what matches {regex}")),
            Test::Count(count) => (values.len() == *count, format!("{count} of them")),
            Test::Each(matches) => {
                for (index, each) in matches.iter().enumerate() {
                    let value = values.get(index..=index).unwrap_or_default();
                    each.refuse(value, variables)?;
                }
                (values.len() == matches.len(), format!("{} of them", matches.len()))
            }
        };
        if fits { Ok(()) } else { Err(wanted) }
    }
}

fn table(node: Node) -> Result<Vec<Test>, Finding> {
    let place = node.place.clone();
    let mut fields = node.fields(&keys::MATCH)?;
    let mut tests = Vec::new();
    tests.extend(fields.text("equals")?.map(Test::Equals));
    tests.extend(fields.text("contains")?.map(Test::Contains));
    tests.extend(fields.text("lacks")?.map(Test::Lacks));
    tests.extend(fields.read("matches", expression)?.map(Test::Matches));
    tests.extend(fields.read("count", |node| node.number())?.map(Test::Count));
    if tests.is_empty() {
        return Err(place.finding("an empty match; write for example { contains = \"text\" }"));
    }
    Ok(tests)
}

/// A regular expression.
pub(super) fn expression(node: Node) -> Result<Regex, Finding> {
    let place = node.place.clone();
    let text = node.text()?;
    Regex::new(&text).map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim();
        place.finding(format!("no regular expression: {reason}"))
    })
}

/// A text with the values of its variables, `{name}`; `{{` is a brace. What is in braces and no name
/// stays as it is.
pub(super) fn fill(text: &str, variables: &dyn Variables) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            out.push('{');
            rest = after;
            continue;
        }
        let name = rest
            .split('}')
            .next()
            .filter(|name| name.len() < rest.len() && is_name(name));
        let Some(name) = name else {
            out.push('{');
            continue;
        };
        out.push_str(&variables.value(name)?);
        rest = &rest[name.len() + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn is_name(name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One;

    impl Variables for One {
        fn value(&self, name: &str) -> Result<String, String> {
            match name {
                "a" => Ok("1".to_owned()),
                _ => Err(format!("{name}: unknown")),
            }
        }
    }

    #[test]
    fn texts_are_filled() {
        for (text, filled) in [
            ("x{a}y{a}", "x1y1"),
            ("{{a}", "{a}"),
            ("{\"a\": 1}", "{\"a\": 1}"),
            ("[0-9]{2,3}{", "[0-9]{2,3}{"),
            ("{}", "{}"),
        ] {
            assert_eq!(fill(text, &One).as_deref(), Ok(filled), "{text}");
        }
        assert_eq!(fill("{b.c}", &One), Err("b.c: unknown".to_owned()));
    }
}
