//! What a method is: its line in the reference, its parameters, and how a request's parameters are brought
//! into their order.

use super::Failure;
use serde_json::Value;
use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;

/// One call of a method.
#[derive(Clone, Debug)]
pub struct Call {
    /// The parameters in the order of [`Doc::params`], each of its kind: an array. What was left out is
    /// null, or missing at the end.
    pub params: Value,
    /// Who calls.
    pub caller: Caller,
}

/// Who calls, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user's name on the Unix socket, its number where it has none; `token` over TCP, or `anybody`
    /// where TCP needs none.
    pub who: String,
    /// `socket`, or the peer's address.
    pub from: String,
}

/// Does a method.
pub type Method = Box<dyn Fn(Call) -> Answer + Send + Sync>;

/// What a method answers, when it has it.
pub type Answer = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;

/// One method as the reference, `system.listMethods` and the check of its parameters know it.
#[derive(Debug)]
pub struct Doc {
    /// Its name, Kamailio's where it has one.
    pub name: &'static str,
    /// Its parameters in order; those that may be left out come last.
    pub params: &'static [Param],
    /// What it does, in one line.
    pub about: &'static str,
    /// What it answers.
    pub result: &'static str,
    /// Where Kamailio answers otherwise; empty where it does not.
    pub differs: &'static str,
}

/// One parameter.
#[derive(Debug)]
pub struct Param {
    /// Its name, for parameters by name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// How often it is there.
    pub count: Count,
    /// What it means, in a few words.
    pub about: &'static str,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text; a number is taken as its digits.
    Text,
    /// A whole number, also as text.
    Int,
    /// A number, also as text.
    Number,
    /// True or false, or 1 and 0.
    Switch,
    /// Text or a whole number, as it comes.
    Item,
    /// Anything.
    Any,
}

/// How often a parameter is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Once.
    One,
    /// Once, or not at all.
    Optional,
    /// As often as wanted; the last one. By name it is a list.
    Many,
}

impl Param {
    /// A parameter that must be there.
    pub const fn new(name: &'static str, kind: Kind, about: &'static str) -> Param {
        Param {
            name,
            kind,
            count: Count::One,
            about,
        }
    }

    /// The same, but it may be left out.
    pub const fn optional(self) -> Param {
        Param {
            count: Count::Optional,
            ..self
        }
    }

    /// The same, as often as wanted.
    pub const fn many(self) -> Param {
        Param {
            count: Count::Many,
            ..self
        }
    }
}

impl Kind {
    /// As errors and the reference name it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Int => "whole number",
            Kind::Number => "number",
            Kind::Switch => "true or false",
            Kind::Item => "text or whole number",
            Kind::Any => "any value",
        }
    }

    /// The value as this kind; None where it is none.
    fn take(self, value: Value) -> Option<Value> {
        match (self, value) {
            (Kind::Any, any) => Some(any),
            (Kind::Text | Kind::Item, text @ Value::String(_)) => Some(text),
            (Kind::Text, Value::Number(number)) => Some(Value::from(number.to_string())),
            (Kind::Int, Value::String(text)) => text.trim().parse::<i64>().ok().map(Value::from),
            (Kind::Int | Kind::Item, number @ Value::Number(_)) => whole(&number).map(Value::from),
            (Kind::Number, Value::String(text)) => {
                let number = text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
                number.map(Value::from)
            }
            (Kind::Number, number @ Value::Number(_)) => Some(number),
            (Kind::Switch, switch @ Value::Bool(_)) => Some(switch),
            (Kind::Switch, Value::String(text)) => match &*text {
                "1" | "true" => Some(Value::Bool(true)),
                "0" | "false" => Some(Value::Bool(false)),
                _ => None,
            },
            (Kind::Switch, number @ Value::Number(_)) => match number.as_i64() {
                Some(1) => Some(Value::Bool(true)),
                Some(0) => Some(Value::Bool(false)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A number without a fraction; 3.0 is one.
fn whole(value: &Value) -> Option<i64> {
    // 2^53: what a float says exactly
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float = || value.as_f64().filter(|f| f.fract() == 0.0 && f.abs() <= EXACT);
    value.as_i64().or_else(|| float().map(|f| f as i64))
}

impl Count {
    /// As the reference names it.
    pub fn name(self) -> &'static str {
        match self {
            Count::One => "one",
            Count::Optional => "optional",
            Count::Many => "many",
        }
    }
}

impl Call {
    /// The text at a place; empty where it was left out.
    pub fn text(&self, place: usize) -> &str {
        self.params[place].as_str().unwrap_or_default()
    }

    /// What is at a place; null where it was left out.
    pub fn value(&self, place: usize) -> &Value {
        &self.params[place]
    }

    /// The whole number at a place; None where it was left out.
    pub fn int(&self, place: usize) -> Option<i64> {
        self.params[place].as_i64()
    }

    /// The switch at a place; false where it was left out.
    pub fn switch(&self, place: usize) -> bool {
        self.params[place].as_bool().unwrap_or_default()
    }

    /// All values from a place on.
    pub fn rest(&self, place: usize) -> &[Value] {
        let all = self.params.as_array().map_or(&[][..], Vec::as_slice);
        all.get(place..).unwrap_or_default()
    }
}

impl Doc {
    /// The parameters of a request, by place (an array) or by name (an object), as [`Call::params`] has them.
    ///
    /// # Errors
    /// -32602 with the parameter's name.
    pub fn arrange(&self, params: Value) -> Result<Value, Failure> {
        let given = match params {
            Value::Null => Vec::new(),
            Value::Array(list) => self.by_place(list)?,
            Value::Object(map) => self.by_name(map)?,
            _ => return Err(self.wrong("parameters are an array or an object")),
        };
        let mut arranged = Vec::with_capacity(given.len());
        for (place, value) in given.into_iter().enumerate() {
            // by_place and by_name let no more through than there are
            let Some(param) = self.param(place) else { break };
            arranged.push(match value {
                Value::Null if param.kind != Kind::Any => Value::Null,
                value => param
                    .kind
                    .take(value)
                    .ok_or_else(|| self.wrong(format_args!("parameter `{}` must be {}", param.name, a(param.kind))))?,
            });
        }
        let left_out = |place: usize| arranged.get(place).is_none_or(Value::is_null);
        let mut required = self.params.iter().enumerate().filter(|(_, p)| p.count == Count::One);
        match required.find(|(place, _)| left_out(*place)) {
            Some((_, param)) => Err(self.wrong(format_args!("parameter `{}` is missing", param.name))),
            None => Ok(Value::Array(arranged)),
        }
    }

    fn param(&self, place: usize) -> Option<&Param> {
        let last = || self.params.last().filter(|p| p.count == Count::Many);
        self.params.get(place).or_else(last)
    }

    fn by_place(&self, list: Vec<Value>) -> Result<Vec<Value>, Failure> {
        match list.len().checked_sub(1).map(|last| self.param(last)) {
            Some(None) => Err(self.wrong(format_args!(
                "{} parameters given; it takes {}",
                list.len(),
                self.takes()
            ))),
            _ => Ok(list),
        }
    }

    fn by_name(&self, map: serde_json::Map<String, Value>) -> Result<Vec<Value>, Failure> {
        let mut list = Vec::new();
        for (name, value) in map {
            let Some(place) = self.params.iter().position(|p| p.name == name) else {
                let name: String = name.chars().take(64).collect();
                return Err(self.wrong(format_args!("no parameter `{name}`; it takes {}", self.takes())));
            };
            if list.len() <= place {
                list.resize(place + 1, Value::Null);
            }
            list[place] = value;
        }
        // the list of the last one is as if its values had been given one by one
        let many = self.params.last().is_some_and(|p| p.count == Count::Many);
        if many
            && list.len() == self.params.len()
            && list.last().is_some_and(Value::is_array)
            && let Some(Value::Array(rest)) = list.pop()
        {
            list.extend(rest);
        }
        Ok(list)
    }

    /// Its parameters as `table key [expires] [name...]`.
    pub fn takes(&self) -> String {
        let mut text = String::new();
        for param in self.params {
            let space = if text.is_empty() { "" } else { " " };
            // writing to a String cannot fail
            let _ = match param.count {
                Count::One => write!(text, "{space}{}", param.name),
                Count::Optional => write!(text, "{space}[{}]", param.name),
                Count::Many => write!(text, "{space}[{}...]", param.name),
            };
        }
        if text.is_empty() {
            text.push_str("none");
        }
        text
    }

    fn wrong(&self, what: impl std::fmt::Display) -> Failure {
        Failure::new(-32602, format!("{}: {what}", self.name))
    }
}

/// The kind with its article.
fn a(kind: Kind) -> String {
    match kind {
        Kind::Switch | Kind::Any | Kind::Text | Kind::Item => kind.name().to_owned(),
        Kind::Int | Kind::Number => format!("a {}", kind.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    static SET: Doc = Doc {
        name: "t.set",
        params: &[
            Param::new("table", Kind::Text, ""),
            Param::new("value", Kind::Int, ""),
            Param::new("wait", Kind::Switch, "").optional(),
            Param::new("more", Kind::Item, "").many(),
        ],
        about: "",
        result: "",
        differs: "",
    };
    static NONE: Doc = Doc {
        name: "t.none",
        params: &[],
        about: "",
        result: "",
        differs: "",
    };

    fn arrange(params: Value) -> Result<Value, String> {
        SET.arrange(params).map_err(|f| {
            assert_eq!(f.code, -32602);
            f.message
        })
    }

    #[test]
    fn by_place_and_by_name_are_the_same() {
        assert_eq!(arrange(json!(["a", 3])), Ok(json!(["a", 3])));
        assert_eq!(arrange(json!([5, "3", 1, "x", 4])), Ok(json!(["5", 3, true, "x", 4])));
        assert_eq!(arrange(json!({"value": 3.0, "table": "a"})), Ok(json!(["a", 3])));
        let named = json!({"table": "a", "value": 1, "more": ["x", 2]});
        assert_eq!(arrange(named), Ok(json!(["a", 1, null, "x", 2])));
        assert_eq!(
            arrange(json!({"table": "a", "value": 1, "more": 2})),
            Ok(json!(["a", 1, null, 2]))
        );
        assert_eq!(NONE.arrange(Value::Null), Ok(json!([])));
        assert_eq!(NONE.arrange(json!({})), Ok(json!([])));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let message = |params: Value| arrange(params).expect_err("wrong");
        assert_eq!(message(json!([])), "t.set: parameter `table` is missing");
        assert_eq!(message(json!(["a", null])), "t.set: parameter `value` is missing");
        for value in [
            json!("x"),
            json!(1.5),
            json!(1e300),
            json!(true),
            json!([1]),
            json!({}),
            json!(u64::MAX),
        ] {
            assert_eq!(
                message(json!(["a", value])),
                "t.set: parameter `value` must be a whole number"
            );
        }
        assert_eq!(message(json!([[], 1])), "t.set: parameter `table` must be text");
        assert_eq!(
            message(json!(["a", 1, 2])),
            "t.set: parameter `wait` must be true or false"
        );
        let unknown = message(json!({"tabel": "a"}));
        assert_eq!(
            unknown,
            "t.set: no parameter `tabel`; it takes table value [wait] [more...]"
        );
        let surplus = NONE.arrange(json!([1])).expect_err("it takes none").message;
        assert_eq!(surplus, "t.none: 1 parameters given; it takes none");
        assert!(arrange(json!("text")).is_err());
    }
}
