//! The scenarios that a component carries: a section of its own, which `kemist build` writes and a deploy plays.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};

/// The section's name.
const SECTION: &str = "kemist:tests";

/// Scenarios, and bytes of the section.
pub const MOST: usize = 1000;
const MOST_BYTES: usize = 4 << 20;

/// What is in the section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// What the scenarios need of kemist.toml.
    pub config: String,
    /// The scenarios, in order.
    pub files: Vec<File>,
}

/// A scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name in errors: `tests/call.toml`.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Carried {
    /// Those of a component; None where it has none.
    ///
    /// # Errors
    /// One line: the section cannot be read, or holds too much.
    pub fn of(component: &[u8]) -> Result<Option<Carried>, String> {
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => {
                    return Carried::read(section.data()).map(Some);
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn read(data: &[u8]) -> Result<Carried, String> {
        if data.len() > MOST_BYTES {
            return Err(format!(
                "its section {SECTION} has {} bytes; {MOST_BYTES} are the most",
                data.len()
            ));
        }
        let carried: Carried =
            serde_json::from_slice(data).map_err(|error| format!("its section {SECTION} cannot be read: {error}"))?;
        carried.check()?;
        Ok(carried)
    }

    fn check(&self) -> Result<(), String> {
        match self.files.len() {
            0 => Err(format!("its section {SECTION} has no scenarios")),
            count if count > MOST => Err(format!("it carries {count} scenarios; {MOST} are the most")),
            _ => Ok(()),
        }
    }

    /// A component with these in place of what it carried.
    ///
    /// # Errors
    /// One line, where they are none or too many.
    pub fn put_into(&self, component: &[u8]) -> Result<Vec<u8>, String> {
        self.check()?;
        let data = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        if data.len() > MOST_BYTES {
            return Err(format!(
                "the scenarios have {} bytes; {MOST_BYTES} are the most",
                data.len()
            ));
        }
        let mut component = without(component);
        CustomSection {
            name: SECTION.into(),
            data: Cow::Owned(data),
        }
        .append_to_component(&mut component);
        Ok(component)
    }
}

/// A component without the section: from one with it to one with another.
fn without(component: &[u8]) -> Vec<u8> {
    let mut depth = 0_usize;
    let mut rest = component.to_vec();
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => {
                let range = section.range();
                let (Ok(start), Ok(end)) = (usize::try_from(range.start), usize::try_from(range.end)) else {
                    break;
                };
                // before the range: the section's id and its length in LEB128
                if let Some(start) = start.checked_sub(1 + leb_length(end.saturating_sub(start)))
                    && end <= rest.len()
                {
                    rest.drain(start..end);
                }
                break;
            }
            _ => {}
        }
    }
    rest
}

fn leb_length(number: usize) -> usize {
    let bits = usize::BITS - number.max(1).leading_zeros();
    bits.div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(count: usize) -> Carried {
        let file = |number| File {
            name: format!("tests/{number}.toml"),
            text: "about = \"x\"\n".to_owned(),
        };
        Carried {
            config: "alias = [\"localhost\"]\n".to_owned(),
            files: (0..count).map(file).collect(),
        }
    }

    #[test]
    fn what_is_put_in_comes_out_and_is_replaced() {
        let component = wat::parse_str("(component (core module (@custom \"kemist:tests\" \"no\")))").unwrap();
        assert_eq!(Carried::of(&component), Ok(None));
        let one = carried(1).put_into(&component).unwrap();
        assert_eq!(Carried::of(&one), Ok(Some(carried(1))));
        let many = carried(300).put_into(&one).unwrap();
        assert_eq!(Carried::of(&many), Ok(Some(carried(300))));
        assert_eq!(carried(300).put_into(&component).unwrap(), many);
        wasmparser::Validator::new().validate_all(&many).unwrap();
    }

    #[test]
    fn it_is_bounded() {
        let component = wat::parse_str("(component)").unwrap();
        assert!(carried(0).put_into(&component).unwrap_err().contains("no scenarios"));
        assert!(
            carried(MOST + 1)
                .put_into(&component)
                .unwrap_err()
                .contains("1000 are the most")
        );
        let large = Carried {
            config: "#".repeat(MOST_BYTES),
            ..carried(1)
        };
        assert!(large.put_into(&component).unwrap_err().contains("bytes"));
        let broken = wat::parse_str("(component (@custom \"kemist:tests\" \"{\"))").unwrap();
        assert!(Carried::of(&broken).unwrap_err().contains("cannot be read"));
    }
}
