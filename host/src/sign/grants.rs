//! What a module was given, as lines of text in its section: `sl`, `registrar.lookup`, `htable:shared_*`.

use std::fmt;
use std::str::FromStr;

const MAX_GRANTS: usize = 4096;
const MAX_BYTES: usize = 256;

/// A list of grants, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(Vec<String>);

impl Grants {
    /// The grants of a list; their order does not matter.
    ///
    /// # Errors
    /// Which of them is none.
    pub fn new<'a>(list: impl IntoIterator<Item = &'a str>) -> Result<Grants, String> {
        let mut grants = Vec::new();
        for grant in list {
            if !is_grant(grant) {
                let shown: String = grant.chars().take(40).collect();
                return Err(format!(
                    "{shown:?} is no grant; write a module (sl), a function (registrar.lookup), or what an argument may be \
                     (htable:shared_*)"
                ));
            }
            grants.push(grant.to_owned());
        }
        grants.sort();
        grants.dedup();
        if grants.len() > MAX_GRANTS {
            return Err(format!(
                "{} grants are too many; {MAX_GRANTS} are the most",
                grants.len()
            ));
        }
        Ok(Grants(grants))
    }

    /// Reads a section: there is one way to write a list.
    pub(super) fn read(data: &[u8]) -> Result<Grants, String> {
        let fault = |what: &str| format!("its section kemist:grants {what}");
        let text = std::str::from_utf8(data).map_err(|_| fault("is not UTF-8"))?;
        let grants = Grants::new(text.split_terminator('\n')).map_err(|what| fault(&format!("is wrong: {what}")))?;
        if grants.0.is_empty() || grants.text() != text {
            return Err(fault("is not a sorted list, a line each"));
        }
        Ok(grants)
    }

    /// The lines, as they stand in a section.
    pub fn text(&self) -> String {
        self.0.iter().flat_map(|grant| [grant.as_str(), "\n"]).collect()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// None where nothing is given: no section says so.
    pub(super) fn some(&self) -> Option<&Grants> {
        (!self.0.is_empty()).then_some(self)
    }
}

/// `sl,registrar.lookup`, as on a command line.
impl FromStr for Grants {
    type Err = String;

    fn from_str(text: &str) -> Result<Grants, String> {
        Grants::new(text.split(',').map(str::trim).filter(|grant| !grant.is_empty()))
    }
}

impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// `MODULE`, `MODULE.FUNCTION` or `KIND:ARGUMENT`.
fn is_grant(grant: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    // the separators of lists
    let is_argument =
        |text: &str| !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == ',');
    grant.len() <= MAX_BYTES
        && match (grant.split_once(':'), grant.split_once('.')) {
            (Some((kind, argument)), _) => is_word(kind) && is_argument(argument),
            (None, Some((module, function))) => is_word(module) && is_word(function),
            (None, None) => is_word(grant),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_one_form() {
        let grants: Grants = "tm, sl,htable:shared_*,registrar.lookup,,sl".parse().unwrap();
        assert_eq!(grants.text(), "htable:shared_*\nregistrar.lookup\nsl\ntm\n");
        assert_eq!(grants.to_string(), "htable:shared_* registrar.lookup sl tm");
        assert_eq!(Grants::read(grants.text().as_bytes()), Ok(grants));
        assert_eq!("".parse::<Grants>().unwrap().some(), None);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for data in [
            "", "\n", "sl", "sl\n\n", "tm\nsl\n", "sl\nsl\n", "sl\r\n", " sl\n", "sl\0\n", "a.b.c\n", "a:\n", ":a\n",
        ] {
            assert!(Grants::read(data.as_bytes()).is_err(), "{data:?}");
        }
        assert!(Grants::read(&[b's', 0xff, b'\n']).is_err());
        for text in ["KSR.sl.send_reply", "sl;tm", "s l", "1sl", "http:a b", "-"] {
            let error = text.parse::<Grants>().unwrap_err();
            assert!(error.contains("is no grant"), "{error}");
        }
        assert!(Grants::new(["http:https://api.example:8443/x", "dst:[2001:db8::1]:5060"]).is_ok());
        assert!("x".repeat(257).parse::<Grants>().is_err());
    }
}
