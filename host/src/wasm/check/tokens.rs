//! The words of a JavaScript source, as far as finding calls of `KSR` needs them. Never fails: what is no JavaScript
//! is refused by the engine, with a better reason.

/// One word with its line, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token<'s> {
    pub kind: Kind<'s>,
    pub line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind<'s> {
    /// A name or keyword.
    Name(&'s str),
    /// A text without its quotes, escapes as they stand.
    Text(&'s str),
    /// A number.
    Number,
    /// A piece of a template up to its end or its next substitution, escapes as they stand.
    Piece(&'s str),
    /// A regular expression.
    Other,
    /// Punctuation: one character; `?.` is `.` behind an [`Kind::Optional`].
    Mark(char),
    /// The `?` of `?.`.
    Optional,
}

/// Cuts a source into words; comments go. What stands in the substitutions of a template is cut too.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut cutter = Cutter {
        source,
        at: 0,
        line: 1,
        found: Vec::new(),
        templates: Vec::new(),
    };
    while cutter.step() {}
    cutter.found
}

struct Cutter<'s> {
    source: &'s str,
    at: usize,
    line: usize,
    found: Vec<Token<'s>>,
    /// For each template that a substitution is open in: how many braces are open in the substitution.
    templates: Vec<usize>,
}

impl<'s> Cutter<'s> {
    /// Takes one word, comment or space; false at the end.
    fn step(&mut self) -> bool {
        let rest = &self.source[self.at..];
        let Some(first) = rest.chars().next() else {
            return false;
        };
        match first {
            '\n' => {
                self.line += 1;
                self.at += 1;
            }
            c if c.is_whitespace() => self.at += c.len_utf8(),
            '/' if rest.starts_with("//") => self.at += rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => self.skip(rest[2..].find("*/").map_or(rest.len(), |end| end + 4)),
            '"' | '\'' => self.text(first),
            '`' => {
                self.at += 1;
                self.template();
            }
            '/' if self.regex_may_start() => self.regex(),
            '}' if self.templates.last() == Some(&0) => {
                self.templates.pop();
                self.at += 1;
                self.template();
            }
            c if c.is_alphabetic() || matches!(c, '_' | '$' | '#') => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$' | '#'));
                self.take(end.unwrap_or(rest.len()), Kind::Name);
            }
            c if c.is_ascii_digit() => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.'));
                self.take(end.unwrap_or(rest.len()), |_| Kind::Number);
            }
            '?' if rest.starts_with("?.") && !rest[2..].starts_with(|c: char| c.is_ascii_digit()) => {
                self.take(1, |_| Kind::Optional);
            }
            mark => {
                match (mark, self.templates.last_mut()) {
                    ('{', Some(open)) => *open += 1,
                    ('}', Some(open)) => *open -= 1,
                    _ => {}
                }
                self.take(mark.len_utf8(), |_| Kind::Mark(mark));
            }
        }
        true
    }

    fn take(&mut self, length: usize, kind: impl FnOnce(&'s str) -> Kind<'s>) {
        let word = &self.source[self.at..self.at + length];
        self.push(kind(word));
        self.at += length;
    }

    fn push(&mut self, kind: Kind<'s>) {
        self.found.push(Token { kind, line: self.line });
    }

    /// Passes what may have several lines.
    fn skip(&mut self, length: usize) {
        let end = (self.at + length).min(self.source.len());
        self.line += self.source[self.at..end].matches('\n').count();
        self.at = end;
    }

    fn text(&mut self, quote: char) {
        let body = &self.source[self.at + 1..];
        let length = ended(body, |c| c == quote || c == '\n').unwrap_or(body.len());
        self.push(Kind::Text(&body[..length]));
        // the quote; a line end that closes nothing is counted when it is met
        let closed = usize::from(body[length..].starts_with(quote));
        self.skip(1 + length + closed);
    }

    /// The rest of a template up to its end or its next substitution.
    fn template(&mut self) {
        let body = &self.source[self.at..];
        let mut from = 0;
        loop {
            let Some(stop) = ended(&body[from..], |c| c == '`' || c == '$').map(|stop| from + stop) else {
                return self.skip(body.len());
            };
            if body[stop..].starts_with("${") {
                self.push(Kind::Piece(&body[..stop]));
                self.templates.push(0);
                return self.skip(stop + 2);
            }
            if body[stop..].starts_with('`') {
                self.push(Kind::Piece(&body[..stop]));
                return self.skip(stop + 1);
            }
            from = stop + 1;
        }
    }

    /// A slash divides what ends in a value, and begins a regular expression elsewhere.
    fn regex_may_start(&self) -> bool {
        match self.found.last().map(|token| token.kind) {
            None | Some(Kind::Optional) => true,
            Some(Kind::Name(word)) => ["return", "typeof", "case", "in", "of", "else", "do", "void"].contains(&word),
            Some(Kind::Text(_) | Kind::Piece(_) | Kind::Number | Kind::Other) => false,
            Some(Kind::Mark(mark)) => !matches!(mark, ')' | ']' | '}'),
        }
    }

    fn regex(&mut self) {
        let body = &self.source[self.at + 1..];
        let mut class = false;
        let mut end = None;
        let mut letters = body.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => drop(letters.next()),
                '[' => class = true,
                ']' => class = false,
                '/' if !class => {
                    end = Some(at);
                    break;
                }
                '\n' => break,
                _ => {}
            }
        }
        match end {
            Some(end) => {
                self.push(Kind::Other);
                self.at += end + 2;
            }
            None => self.take(1, |_| Kind::Mark('/')),
        }
    }
}

/// Where the first such character stands that no backslash precedes.
fn ended(body: &str, stops: impl Fn(char) -> bool) -> Option<usize> {
    let mut letters = body.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if stops(letter) {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        let word = |token: &Token<'_>| match token.kind {
            Kind::Name(name) => name.to_owned(),
            Kind::Text(text) => format!("{text:?}"),
            Kind::Number => "1".into(),
            Kind::Piece(_) | Kind::Other => "~".into(),
            Kind::Mark(mark) => mark.to_string(),
            Kind::Optional => "?".into(),
        };
        tokens(source).iter().map(word).collect()
    }

    #[test]
    fn comments_texts_and_expressions_are_told_apart() {
        assert_eq!(words("a // KSR.b\n/* KSR.c\n */ d"), ["a", "d"]);
        assert_eq!(
            words("f('it\\'s', \"x\")"),
            ["f", "(", "\"it\\\\'s\"", ",", "\"x\"", ")"]
        );
        assert_eq!(
            words("x = /[/'\"]\\//g; y / 2 / z"),
            ["x", "=", "~", "g", ";", "y", "/", "1", "/", "z"]
        );
        assert_eq!(words("KSR?.tm ? 1 : 2"), ["KSR", "?", ".", "tm", "?", "1", ":", "1"]);
    }

    #[test]
    fn substitutions_of_templates_are_seen() {
        assert_eq!(
            words("`a ${f({b: `c`})} d ${e}`; g"),
            ["~", "f", "(", "{", "b", ":", "~", "}", ")", "~", "e", "~", ";", "g"]
        );
        assert_eq!(words("`cost $5` + h"), ["~", "+", "h"]);
    }

    #[test]
    fn lines_are_counted_everywhere() {
        let found = tokens("/*\n*/ `\n` a\n'x\\\ny' b");
        let of = |name| found.iter().find(|token| token.kind == Kind::Name(name)).unwrap().line;
        assert_eq!((of("a"), of("b")), (3, 5));
    }

    #[test]
    fn what_is_not_closed_ends_somewhere() {
        for source in [
            "'abc",
            "`abc",
            "`${",
            "/* x",
            "/x",
            "\"\\",
            "`\\",
            "a[",
            "}}}",
            "${",
            "\u{fe0f}é`é${é",
        ] {
            tokens(source);
        }
        let whole = include_str!("../../../../guest-sdk/templates/javascript/route.js");
        for (end, _) in whole.char_indices() {
            tokens(&whole[..end]);
            tokens(&whole[end..]);
        }
    }
}
