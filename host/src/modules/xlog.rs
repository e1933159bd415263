//! `KSR.xlog`: log lines with pseudo-variables in them, bounded as those of `KSR.log` are.

use crate::route::text::to_guest;
use crate::route::{Level, Route};
use kemist_bindings::kemi::ksr::xlog::Host;

impl Host for Route {
    fn xdbg(&mut self, lmsg: String) -> i32 {
        self.log_expanded(Level::Debug, &lmsg)
    }

    fn xinfo(&mut self, lmsg: String) -> i32 {
        self.log_expanded(Level::Info, &lmsg)
    }

    fn xnotice(&mut self, lmsg: String) -> i32 {
        self.log_expanded(Level::Notice, &lmsg)
    }

    fn xwarn(&mut self, lmsg: String) -> i32 {
        self.log_expanded(Level::Warning, &lmsg)
    }

    fn xerr(&mut self, lmsg: String) -> i32 {
        self.log_expanded(Level::Error, &lmsg)
    }

    fn xalert(&mut self, lmsg: String) -> i32 {
        self.log_expanded(Level::Critical, &lmsg)
    }

    fn xcrit(&mut self, lmsg: String) -> i32 {
        self.log_expanded(Level::Critical, &lmsg)
    }

    fn xlog(&mut self, slevel: String, lmsg: String) -> i32 {
        self.log_expanded(level(&slevel), &lmsg)
    }

    fn xlog_facility(&mut self, _lfacility: String, slevel: String, lmsg: String) -> i32 {
        self.log_expanded(level(&slevel), &lmsg)
    }
}

/// Kamailio's names of levels; those of `KSR.log` (`dbg`, `warn`) too. Any other is an error.
fn level(name: &str) -> Level {
    let name = name.to_ascii_lowercase();
    match name.strip_prefix("l_").unwrap_or(&name) {
        "alert" | "bug" | "crit0" | "crit2" => Level::Critical,
        name => Level::parse(name),
    }
}

impl Route {
    /// A level that is off costs no expansion.
    fn log_expanded(&mut self, level: Level, text: &str) -> i32 {
        if !self.logs(level) {
            return 1;
        }
        match self.expand(text) {
            Some(text) => {
                self.log(level, &to_guest(&text));
                1
            }
            None => -1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

    #[test]
    fn variables_are_replaced_before_the_line_is_written() {
        let mut route = testing::request(testing::INVITE);
        let before = route.logged;
        assert_eq!(route.xerr("$rm from $fu, $(rU{s.len}) bytes, $hdr(X-None)\n".into()), 1);
        let line = "INVITE from sip:alice@localhost, 3 bytes, <null>\n";
        assert_eq!(route.logged - before, line.len() + 1);
        assert_eq!(route.xerr("$nonesuch".into()), -1);
        assert_eq!(route.xlog("L_ERR".into(), "$ru".into()), 1);
        assert_eq!(route.xlog("L_ERR".into(), "100$".into()), -1);
        assert_eq!(
            route.xlog_facility("LOG_LOCAL0".into(), "L_ALERT".into(), "$ru".into()),
            1
        );
    }

    #[test]
    fn levels_have_the_names_of_kamailio() {
        for (name, expected) in [
            ("L_DBG", Level::Debug),
            ("l_info", Level::Info),
            ("L_NOTICE", Level::Notice),
            ("L_WARN", Level::Warning),
            ("L_ERR", Level::Error),
            ("L_CRIT", Level::Critical),
            ("L_ALERT", Level::Critical),
            ("warn", Level::Warning),
            ("anything", Level::Error),
        ] {
            assert_eq!(level(name), expected, "{name}");
        }
    }
}
