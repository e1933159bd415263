//! TOML with the line of every key and value, and tables whose keys must be known.

use super::keys::Section;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Something that is wrong, and where: `file:line: text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file as it was named.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong; what to do. One line.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

impl std::error::Error for Finding {}

/// A place in a scenario's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
}

impl Place {
    /// Something that is wrong here.
    pub fn finding(&self, text: impl Into<String>) -> Finding {
        Finding {
            file: self.file.clone(),
            line: self.line,
            text: text.into(),
        }
    }
}

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where its key stands (for an item of an array: where it stands itself).
    pub place: Place,
    /// The value.
    pub value: Value,
}

/// A value of TOML.
#[derive(Clone, Debug)]
pub enum Value {
    /// Text.
    Str(String),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// Something else, as written: a date, a number with a point.
    Other(String),
    /// A list.
    Array(Vec<Node>),
    /// A table, in the order of the file.
    Table(Vec<(String, Node)>),
}

/// Reads a file's text.
///
/// # Errors
/// Where it is no TOML.
pub fn parse(text: &str, file: &Path) -> Result<Node, Finding> {
    let lines = Lines::new(text, file);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        lines.at(at).finding(error.message().replace('\n', " "))
    })?;
    Ok(Node {
        place: lines.at(0),
        value: lines.table(table.get_ref()),
    })
}

struct Lines {
    file: Arc<str>,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl Lines {
    fn new(text: &str, file: &Path) -> Lines {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Lines {
            file: file.display().to_string().into(),
            starts: [0].into_iter().chain(ends.map(|(at, _)| at + 1)).collect(),
        }
    }

    fn at(&self, offset: usize) -> Place {
        Place {
            file: self.file.clone(),
            line: self.starts.partition_point(|start| *start <= offset),
        }
    }

    fn table(&self, table: &DeTable<'_>) -> Value {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
            let name: &std::borrow::Cow<'_, str> = key.get_ref();
            (name.to_string(), self.node(key.span().start, value.get_ref()))
        };
        Value::Table(entries.into_iter().map(entry).collect())
    }

    fn node(&self, at: usize, value: &DeValue<'_>) -> Node {
        let value = match value {
            DeValue::String(text) => Value::Str(text.to_string()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Int(number),
                Err(_) => Value::Other(number.to_string()),
            },
            DeValue::Boolean(yes) => Value::Bool(*yes),
            DeValue::Float(number) => Value::Other(number.to_string()),
            DeValue::Datetime(date) => Value::Other(date.to_string()),
            DeValue::Array(items) => {
                let items = items.iter().map(|item| self.node(item.span().start, item.get_ref()));
                Value::Array(items.collect())
            }
            DeValue::Table(table) => self.table(table),
        };
        Node {
            place: self.at(at),
            value,
        }
    }
}

impl Node {
    /// Something that is wrong with it.
    pub fn finding(&self, text: impl Into<String>) -> Finding {
        self.place.finding(text)
    }

    /// Its text.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn text(self) -> Result<String, Finding> {
        match self.value {
            Value::Str(text) => Ok(text),
            _ => Err(self.finding("text is expected: write it in quotes")),
        }
    }

    /// Its number, within the type.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn number<N: TryFrom<i64>>(&self) -> Result<N, Finding> {
        match self.value {
            Value::Int(number) => N::try_from(number).map_err(|_| self.finding(format!("{number} is out of range"))),
            _ => Err(self.finding("a whole number is expected, without quotes")),
        }
    }

    /// Its duration, such as `5s`.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn duration(self) -> Result<std::time::Duration, Finding> {
        let place = self.place.clone();
        let text = self.text()?;
        let wrong = || {
            place.finding(format!(
                "{text:?} is no duration; write for example \"500ms\", \"5s\" or \"2m\""
            ))
        };
        crate::config::units::duration(&text).ok_or_else(wrong)
    }

    /// Its items; anything else is a list of one.
    pub fn items(self) -> Vec<Node> {
        match self.value {
            Value::Array(items) => items,
            _ => vec![self],
        }
    }

    /// Its entries, whatever their names.
    ///
    /// # Errors
    /// Where it is no table.
    pub fn entries(self) -> Result<Vec<(String, Node)>, Finding> {
        match self.value {
            Value::Table(entries) => Ok(entries),
            _ => Err(self.finding("a table is expected")),
        }
    }

    /// Its entries, which must be of a section.
    ///
    /// # Errors
    /// Where it is no table, or has a key that the section does not know: the names that it does.
    pub fn fields(self, section: &'static Section) -> Result<Fields, Finding> {
        let place = self.place.clone();
        let entries = self.entries()?;
        for (name, node) in &entries {
            if !section.keys.iter().any(|key| key.name == name) {
                let known: Vec<&str> = section.keys.iter().map(|key| key.name).collect();
                let text = format!(
                    "{name}: unknown key of {}; known are {}",
                    section.name,
                    known.join(", ")
                );
                return Err(node.finding(text));
            }
        }
        Ok(Fields { place, entries })
    }
}

/// The entries of a table whose keys are known.
#[derive(Debug)]
pub struct Fields {
    /// Where the table begins.
    pub place: Place,
    entries: Vec<(String, Node)>,
}

impl Fields {
    /// Takes one out.
    pub fn take(&mut self, name: &str) -> Option<Node> {
        let at = self.entries.iter().position(|(key, _)| key == name)?;
        Some(self.entries.remove(at).1)
    }

    /// Takes one out and reads it.
    ///
    /// # Errors
    /// What the reading finds.
    pub fn read<T>(&mut self, name: &str, read: impl FnOnce(Node) -> Result<T, Finding>) -> Result<Option<T>, Finding> {
        self.take(name).map(read).transpose()
    }

    /// Takes a text out.
    ///
    /// # Errors
    /// Where it is none.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Finding> {
        self.read(name, Node::text)
    }
}
