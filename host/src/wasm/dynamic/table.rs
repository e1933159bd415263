//! Rows of the table, and how a call's values become arguments.

use kemist_bindings::kemi::ksr::dynamic::{FunctionInfo, Kind};
use kemist_bindings::kemi::ksr::types::Xval;

/// One function of the table.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// FNV-1a, 32 bits, of `module.name`.
    pub id: u32,
    /// The KEMI module, empty for the core.
    pub module: &'static str,
    /// The KEMI name.
    pub name: &'static str,
    /// Parameters in order.
    pub params: &'static [Kind],
    /// The result.
    pub returns: Kind,
    /// It may suspend its caller.
    pub waits: bool,
}

/// A typed interface: its name with package and version, and of each function the name in `wit/` and the KEMI name.
pub type Interface = (&'static str, &'static [(&'static str, &'static str)]);

impl Function {
    /// As guests see it.
    pub fn info(&self) -> FunctionInfo {
        FunctionInfo {
            id: self.id,
            module: self.module.to_owned(),
            name: self.name.to_owned(),
            params: self.params.to_vec(),
            returns: self.returns,
        }
    }

    /// `KSR.module.name`.
    pub fn full_name(&self) -> String {
        let dot = if self.module.is_empty() { "" } else { "." };
        format!("KSR.{}{dot}{}", self.module, self.name)
    }
}

/// The values of one call, taken in order. As in Kamailio's engines the count must be right, while
/// numbers and text turn into one another; null is neither.
pub(super) struct Args {
    function: &'static Function,
    values: std::vec::IntoIter<Xval>,
    taken: usize,
}

impl Args {
    pub(super) fn new(function: &'static Function, values: Vec<Xval>) -> Result<Args, String> {
        let (wanted, given) = (function.params.len(), values.len());
        if wanted != given {
            return Err(format!(
                "{}: {wanted} parameters are expected, {given} given",
                function.full_name()
            ));
        }
        Ok(Args {
            function,
            values: values.into_iter(),
            taken: 0,
        })
    }

    pub(super) fn int(&mut self) -> Result<i32, String> {
        let number = self.long()?;
        i32::try_from(number).map_err(|_| self.refuse("a number of 32 bits", &Xval::Int(number)))
    }

    pub(super) fn long(&mut self) -> Result<i64, String> {
        match self.next() {
            Xval::Int(number) => Ok(number),
            Xval::Str(text) => text
                .trim()
                .parse()
                .map_err(|_| self.refuse("a number", &Xval::Str(text))),
            Xval::Null => Err(self.refuse("a number", &Xval::Null)),
        }
    }

    #[allow(dead_code)] // no function takes one yet
    pub(super) fn boolean(&mut self) -> Result<bool, String> {
        Ok(self.long()? != 0)
    }

    pub(super) fn text(&mut self) -> Result<String, String> {
        match self.next() {
            Xval::Str(text) => Ok(text),
            Xval::Int(number) => Ok(number.to_string()),
            Xval::Null => Err(self.refuse("text", &Xval::Null)),
        }
    }

    #[allow(dead_code)] // no function takes one yet
    pub(super) fn xval(&mut self) -> Result<Xval, String> {
        Ok(self.next())
    }

    /// For an id that the table has and the calls do not: both are generated, so never.
    pub(super) fn unknown(&self) -> String {
        format!("{} cannot be called", self.function.full_name())
    }

    fn next(&mut self) -> Xval {
        self.taken += 1;
        // the count was checked: null never stands for an absent value
        self.values.next().unwrap_or(Xval::Null)
    }

    fn refuse(&self, wanted: &str, given: &Xval) -> String {
        let given = match given {
            Xval::Null => "null".to_owned(),
            Xval::Int(number) => number.to_string(),
            Xval::Str(text) => format!("{:?}", text.chars().take(40).collect::<String>()),
        };
        format!(
            "{}: parameter {} must be {wanted}, {given} given",
            self.function.full_name(),
            self.taken
        )
    }
}

/// Results as values of the table.
pub(super) trait IntoXval {
    fn into_xval(self) -> Xval;
}

impl IntoXval for i32 {
    fn into_xval(self) -> Xval {
        Xval::Int(self.into())
    }
}

impl IntoXval for i64 {
    fn into_xval(self) -> Xval {
        Xval::Int(self)
    }
}

impl IntoXval for bool {
    fn into_xval(self) -> Xval {
        Xval::Int(self.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static FUNCTION: Function = Function {
        id: 1,
        module: "sl",
        name: "send_reply",
        params: &[Kind::Int, Kind::Str],
        returns: Kind::Int,
        waits: false,
    };

    fn args(values: Vec<Xval>) -> Args {
        Args::new(&FUNCTION, values).unwrap()
    }

    #[test]
    fn numbers_and_text_turn_into_one_another() {
        let mut taken = args(vec![Xval::Str("404".into()), Xval::Int(7)]);
        assert_eq!((taken.int(), taken.text()), (Ok(404), Ok("7".into())));
    }

    #[test]
    fn refusals_name_function_and_place() {
        let count = Args::new(&FUNCTION, vec![]).err().unwrap();
        assert_eq!(count, "KSR.sl.send_reply: 2 parameters are expected, 0 given");
        let mut taken = args(vec![Xval::Int(404), Xval::Null]);
        assert_eq!(taken.int(), Ok(404));
        assert_eq!(
            taken.text().unwrap_err(),
            "KSR.sl.send_reply: parameter 2 must be text, null given"
        );
        let wide = args(vec![Xval::Int(1 << 40), Xval::Null]).int().unwrap_err();
        assert!(wide.contains("a number of 32 bits"), "{wide}");
    }
}
