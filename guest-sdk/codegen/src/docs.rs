//! Doc comments of functions, taken apart: what it does, and what it returns.

use crate::model::{Function, Kind};

/// What the function does, in one line.
pub fn does(function: &Function) -> String {
    one_line(split(&function.docs).0)
}

/// What it returns, in one line; empty where the comment does not say.
pub fn returns(function: &Function) -> String {
    one_line(split(&function.docs).1)
}

fn split(docs: &str) -> (&str, &str) {
    docs.split_once("Returns:").unwrap_or((docs, ""))
}

/// What an `xval` result can be: number, text, null. As the comment says; everything where it does not.
pub fn cases(function: &Function) -> (bool, bool, bool) {
    let text = returns(function);
    let text = text.trim_end_matches('.');
    if text == "xval (never null)" {
        return (true, true, false);
    }
    let (mut number, mut string, mut null) = (false, false, false);
    for word in text.split(" or ") {
        match word {
            "int" | "long" => number = true,
            "string" => string = true,
            "null" => null = true,
            _ => return (true, true, true),
        }
    }
    (number, string, null)
}

/// The names of parameters, as the KEMI function has them.
pub fn params(function: &Function) -> impl Iterator<Item = (String, Kind)> {
    function
        .params
        .iter()
        .map(|(name, kind)| (name.replace('-', "_"), *kind))
}

/// Text without line breaks.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(docs: &str) -> Function {
        Function {
            id: 0,
            wit: String::new(),
            name: String::new(),
            docs: docs.into(),
            params: Vec::new(),
            returns: Kind::Xval,
            waits: false,
        }
    }

    #[test]
    fn comments_are_taken_apart() {
        let one = function("Value of a\nthing. Returns: 1 ok,\n-1 none.");
        assert_eq!(does(&one), "Value of a thing.");
        assert_eq!(returns(&one), "1 ok, -1 none.");
        assert_eq!(returns(&function("Nothing said")), "");
    }

    #[test]
    fn values_are_as_exact_as_the_comment() {
        for (said, found) in [
            ("int or string or null.", (true, true, true)),
            ("string or null.", (false, true, true)),
            ("int.", (true, false, false)),
            ("xval (never null).", (true, true, false)),
            ("xval.", (true, true, true)),
            ("as lookup.", (true, true, true)),
        ] {
            assert_eq!(cases(&function(&format!("X. Returns: {said}"))), found, "{said}");
        }
    }
}
