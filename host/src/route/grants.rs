//! What a run may do: the grants of its tenant, asked where the argument decides. The operator's code may do
//! everything, also where it runs for a tenant; that is one test of a bool.
//!
//! A function that is not granted cannot be called (a component that imports it is not loaded, and the table
//! of dynamic calls refuses it). What is asked here is about tables, header lines and destinations. A refusal
//! is a failed call for the script, and one line of the log for each kind in ten seconds.

use super::lines::header_name;
use super::{Route, Routing};
use crate::store::{OPERATOR, TenantId};
use crate::tenant::Granted;
use kemist_sip::Protocol;
use std::fmt;
use std::net::SocketAddr;

/// Most of a text of a script that the log shows, in bytes.
const SHOWN: usize = 80;

/// Whether what a version belongs to lets it do something, and what it was signed with, too.
pub fn permits(routing: &dyn Routing, asked: impl Fn(&Granted) -> bool) -> bool {
    !routing.is_confined() || asked(&routing.tenant().rules().granted) && routing.narrowed().is_none_or(&asked)
}

/// Whether a version may have a request sent to an address, to which `host` led where it was a name. Our own
/// listening sockets are no way out of this process.
pub(super) fn reaches(
    routing: &dyn Routing,
    is_own: impl Fn() -> bool,
    host: Option<&str>,
    protocol: Protocol,
    remote: SocketAddr,
) -> bool {
    if !routing.is_confined() || is_own() {
        return true;
    }
    let reached = permits(routing, |granted| granted.reaches(host, remote));
    if !reached {
        let (name, at) = (host.unwrap_or_default(), if host.is_some() { " at " } else { "" });
        tell(
            routing,
            "destinations",
            format_args!(
                "a request to {}{at}{}:{remote} (grants: dst:)",
                Shown(name.as_bytes()),
                protocol.name()
            ),
        );
    }
    reached
}

fn tell(routing: &dyn Routing, kind: &'static str, what: fmt::Arguments<'_>) {
    routing.tenant().tell_refused(kind, routing.label(), what);
}

impl Route {
    /// May the function of this id of the dynamic table be called?
    pub fn may_call(&self, id: u32) -> bool {
        !self.confined || permits(&*self.routing, |granted| granted.id(id))
    }

    /// Tells of a function that was refused.
    pub fn tell_function(&self, name: &str) {
        tell(&*self.routing, "functions", format_args!("{name}"));
    }

    /// Whose items a hash table has for this run.
    pub fn owner_of_table(&self, table: &[u8]) -> TenantId {
        if self.confined && permits(&*self.routing, |granted| granted.table(table)) {
            return OPERATOR;
        }
        self.tenant
    }

    /// May a variable do to a table what this function of htable does?
    pub(super) fn may_use_table(&self, id: u32, function: &str) -> bool {
        let may = self.may_call(id);
        if !may {
            self.tell_function(function);
        }
        may
    }

    /// May header lines of this name be changed, added and removed?
    pub fn may_change_header(&self, name: &[u8]) -> bool {
        let may = self.is_header_granted(name);
        if !may {
            tell(
                &*self.routing,
                "headers",
                format_args!("a change of {} (grants: header:)", Shown(name)),
            );
        }
        may
    }

    /// The same, of which the log says nothing.
    pub fn is_header_granted(&self, name: &[u8]) -> bool {
        !self.confined || permits(&*self.routing, |granted| granted.header(name))
    }

    /// May these header lines be written? They were checked before.
    pub fn may_write_lines(&self, lines: &[u8]) -> bool {
        if !self.confined {
            return true;
        }
        // a folded line has the name of the one before
        let names = lines
            .split(|b| *b == b'\n')
            .filter(|line| !line.first().is_some_and(|b| matches!(b, b' ' | b'\t')))
            .filter_map(header_name);
        names.into_iter().all(|name| self.may_change_header(name))
    }
}

/// A text from a script or the network, as a line of the log shows it.
struct Shown<'t>(&'t [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = self.0.get(..SHOWN).unwrap_or(self.0);
        write!(f, "{}", short.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::route::destination::NoDestination;
    use crate::route::testing::{self, NoCallbacks};
    use crate::route::{Kind, Value, core};
    use crate::tenant::{Rules, Tenant};
    use kemist_bindings::kemi::ksr::{hdr, nathelper, textops, tm, tmx};
    use std::sync::Arc;

    /// A request to bob that a tenant's code routes, to which this is granted.
    fn run(grants: &[&str]) -> Route {
        let mut route = testing::request(testing::INVITE);
        let definition = config::Tenant {
            domains: vec!["acme.example".to_owned()],
            grants: grants.iter().map(ToString::to_string).collect(),
            ..config::Tenant::default()
        };
        let rules = Rules::new(&definition, &config::Tenants::default()).expect("they can be granted");
        let routing = Arc::new(NoCallbacks::of(Tenant::new(7, "acme", rules)));
        let (msg, source) = (route.msg.clone(), route.source);
        route = Route::new(Kind::Request, msg, source, routing);
        route
    }

    fn changed(route: &Route) -> String {
        String::from_utf8(route.changed()).expect("text")
    }

    fn s(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn the_operator_is_asked_nothing() {
        let route = testing::request(testing::INVITE);
        assert!(!route.confined && route.may_change_header(b"From") && route.may_call(0));
        assert_eq!(route.owner_of_table(b"ban"), OPERATOR);
    }

    #[test]
    fn lines_are_added_and_removed_by_name() {
        use hdr::Host;
        let r = &mut run(&["hdr", "header:X-*", "header:Subject"]);
        for (line, is) in [
            ("X-A: 1\r\n", 1),
            ("X-A: 1\r\n folded: From\r\nx-b: 2", 1),
            ("s: hello", 1),
            ("From: <sip:x@y>", -1),
            ("X-A: 1\r\nf: <sip:x@y>\r\n", -1),
            ("P-Asserted-Identity: <sip:x@y>", -1),
        ] {
            assert_eq!(Host::append(r, s(line)), is, "{line}");
            assert_eq!(Host::insert(r, s(line)), is, "{line}");
            assert_eq!(Host::append_after(r, s(line), s("Via")), is, "{line}");
            assert_eq!(Host::append_to_reply(r, s(line)), is, "{line}");
        }
        assert_eq!(Host::remove(r, s("User-Agent")), -1);
        assert_eq!(Host::remove(r, s("X-None")), 1);
        assert_eq!(Host::rmappend(r, s("X-A"), s("From: <sip:x@y>")), -1);
        assert_eq!(Host::rminsert(r, s("Contact"), s("X-A: 1")), -1);
        let text = changed(r);
        assert!(
            text.contains("User-Agent: unit test\r\n") && !text.contains("<sip:x@y>"),
            "{text}"
        );
        assert!(
            !r.reply_headers.windows(4).any(|w| w.eq_ignore_ascii_case(b"From")) || {
                String::from_utf8_lossy(&r.reply_headers).contains("\r\n folded: From")
            }
        );
    }

    #[test]
    fn texts_are_changed_where_the_lines_are_granted() {
        use textops::Host;
        for granted in [false, true] {
            let grants = if granted {
                &["textops", "header:User-Agent"][..]
            } else {
                &["textops"]
            };
            let is = if granted { 1 } else { -1 };
            for change in [
                |r: &mut Route| r.subst(s("/unit/other/")),
                |r: &mut Route| r.replace(s("unit"), s("other")),
                |r: &mut Route| r.replace_all(s("unit"), s("other")),
                |r: &mut Route| r.replace_str(s("unit"), s("other"), s("a")),
                |r: &mut Route| r.replace_hdrs(s("unit"), s("other")),
                |r: &mut Route| r.replace_hdrs_str(s("unit"), s("other"), s("f")),
                |r: &mut Route| r.subst_hf(s("User-Agent"), s("/unit/other/"), s("a")),
                |r: &mut Route| r.search_append(s("User-Agent: u"), s("-")),
                |r: &mut Route| r.remove_hf(s("user-agent")),
                |r: &mut Route| r.remove_hf_re(s("^user")),
                |r: &mut Route| r.remove_hf_idx(s("User-Agent"), 0),
                |r: &mut Route| r.remove_hf_exp(s("^user"), s("^x$")),
                |r: &mut Route| r.remove_hf_match(s("User-Agent"), s("in"), s("unit")),
            ] {
                let mut route = run(grants);
                assert_eq!(change(&mut route), is);
                assert_eq!(changed(&route) == testing::INVITE, !granted, "{}", changed(&route));
            }
        }
        let mut route = run(&["textops", "header:User-Agent"]);
        assert_eq!(
            route.replace(s("User-Agent: unit"), s("From: unit")),
            -1,
            "another name"
        );
        assert_eq!(route.replace(s("Contact: "), s("User-Agent: ")), -1);
        assert_eq!(route.replace_body(s("v=0"), s("v=1")), 1, "no header");
    }

    #[test]
    fn a_line_that_goes_takes_no_other_with_it() {
        use textops::Host;
        let text = testing::INVITE.replace("User-Agent: unit test\r\n", "X-A: 1\r\nX-B: 2\r\n folded\r\n");
        let mut route = run(&["textops", "header:X-B"]);
        route.msg = testing::request(&text).msg;
        assert_eq!(route.replace(s("X-B: 2\r\n"), s("")), -1, "the rest would be X-A's");
        assert_eq!(changed(&route), text);
        assert_eq!(route.remove_hf(s("X-B")), 1);
    }

    #[test]
    fn bodies_need_their_type() {
        use textops::Host;
        let mut route = run(&["textops"]);
        assert_eq!(route.set_body(s("v=1"), s("application/sdp")), 1, "as it was");
        assert_eq!(route.set_body(s("hello"), s("text/plain")), -1);
        assert_eq!(route.set_reply_body(s("hello"), s("text/plain")), -1);
        assert_eq!(route.set_body_multipart_mode(), -1);
        let mut route = run(&["textops", "header:content-type"]);
        assert_eq!(route.set_body(s("hello"), s("text/plain")), 1);
        assert_eq!(route.set_reply_body(s("hello"), s("text/plain")), 1);
        assert_eq!(route.set_body_multipart_mode(), -1, "MIME-Version is another one");
        assert_eq!(
            run(&["textops", "header:content-type", "header:MIME-*"]).set_body_multipart_mode(),
            1
        );
    }

    #[test]
    fn variables_and_contacts_are_header_lines_too() {
        use nathelper::Host;
        let mut route = run(&["pv"]);
        for name in ["$fu", "$fU", "$fd", "$fn", "$tu", "$tn"] {
            assert!(!route.pv_set(name, Value::text(b"sip:x@y.example")), "{name}");
        }
        assert!(route.pv_set("$ru", Value::text(b"sip:x@y.example")), "no header");
        assert_eq!(route.fix_nated_contact(), -1);
        assert_eq!(route.set_contact_alias(), -1);
        assert_eq!(route.set_contact_alias_trim(), -1);
        assert_eq!(route.add_contact_alias(), 2, "nothing to change");
        assert!(route.edits.is_empty());
        let mut route = run(&["pv", "header:f", "header:Contact"]);
        assert!(route.pv_set("$fu", Value::text(b"sip:x@y.example")));
        assert!(!route.pv_set("$tu", Value::text(b"sip:x@y.example")));
        assert_eq!(route.set_contact_alias(), 1);
    }

    #[test]
    fn tables_are_its_own_or_the_operators() {
        let mut route = run(&["htable", "htable:shared_*"]);
        core::with(|core| {
            let mut config = crate::modules::config::Htable::default();
            for name in ["own", "shared_a"] {
                config.table.insert(name.into(), Default::default());
            }
            let shared = Arc::get_mut(&mut core.shared).expect("nobody else has it yet");
            shared.store.tables = crate::store::Tables::new(&config);
        });
        use kemist_bindings::kemi::ksr::htable::Host;
        let owner_of = |table: &str, key: &str| {
            core::with(|core| {
                let tables = &core.shared.store.tables;
                let id = tables.table(table).expect("it is there");
                let is = |tenant: u32| tables.get(tenant, id, key.as_bytes(), 0).is_some();
                (is(OPERATOR), is(7))
            })
        };
        assert_eq!(route.sht_seti(s("own"), s("a"), 1), 1);
        assert_eq!(route.sht_seti(s("shared_a"), s("a"), 1), 1);
        assert!(route.pv_set("$sht(own=>b)", Value::Int(2)));
        assert!(route.pv_set("$sht(shared_a=>b)", Value::Int(2)));
        for key in ["a", "b"] {
            assert_eq!(owner_of("own", key), (false, true), "{key}");
            assert_eq!(owner_of("shared_a", key), (true, false), "{key}");
        }
        assert_eq!(route.pv_get("$sht(shared_a=>a)"), Value::Int(1));

        let shared = core::with(|core| core.shared.clone());
        let mut reader = run(&["pv", "htable.sht_get", "htable:shared_*"]);
        core::with(|core| core.shared = shared);
        assert_eq!(reader.pv_get("$sht(shared_a=>a)"), Value::Int(1));
        assert_eq!(reader.pv_get("$sht(own=>a)"), Value::Int(1));
        assert!(!reader.pv_set("$sht(shared_a=>a)", Value::Int(5)));
        assert!(!reader.pv_set("$sht(own=>a)", Value::Null));
        assert_eq!(reader.pv_get("$shtinc(own=>a)"), Value::Null);
        assert_eq!(reader.pv_get("$shtcn(own=>a)"), Value::Null);
        let without = run(&["pv"]);
        assert_eq!(without.pv_get("$sht(own=>a)"), Value::Null);
        assert_eq!(without.pv_get("$stat(rcv_requests)"), Value::Null);
        assert_eq!(without.pv_get("$env(HOME)"), Value::Null);
    }

    #[test]
    fn requests_go_where_it_is_granted() {
        let reach = |grants: &[&str], uri: &str| {
            let route = run(grants);
            testing::block_on(route.targets(uri.as_bytes(), None)).map(|targets| targets.len())
        };
        assert_eq!(reach(&[], "sip:b@203.0.113.9"), Ok(1));
        for private in [
            "sip:b@10.0.0.9",
            "sip:b@127.0.0.1:5070",
            "sip:b@x;maddr=192.168.0.1",
            "sip:b@[::1]:5070",
        ] {
            assert_eq!(reach(&[], private), Err(NoDestination::NotGranted), "{private}");
        }
        // ourselves, by whatever name
        for own in [
            "sip:b@127.0.0.1:5060",
            "sip:b@localhost",
            "sip:b@127.0.0.1;transport=tcp",
        ] {
            assert_eq!(reach(&[], own), Ok(1), "{own}");
        }
        assert_eq!(reach(&["dst:127.0.0.0/8"], "sip:b@127.0.0.1:5070"), Ok(1));
        assert_eq!(
            reach(&["dst:127.0.0.0/8"], "sip:b@203.0.113.9"),
            Err(NoDestination::NotGranted)
        );
        assert_eq!(reach(&["dst:public", "dst:10.0.0.0/8"], "sip:b@203.0.113.9"), Ok(1));
    }

    #[test]
    fn every_way_out_asks() {
        let sends = |grants: &[&str], to: &str| {
            let mut route = run(grants);
            assert!(route.set_dst_uri(to.as_bytes()));
            let forwarded = testing::block_on(route.forward_stateless(None)).is_ok();
            let status = route.error_code;
            let count = testing::sent().len();
            (forwarded, status, count)
        };
        assert_eq!(sends(&[], "sip:10.0.0.9"), (false, 473, 0));
        assert_eq!(sends(&["dst:10.0.0.0/8"], "sip:10.0.0.9"), (true, 0, 1));

        use tm::Host;
        let out = |sent: Vec<kemist_sip::Transmit>| {
            let requests = sent.iter().filter(|sent| !sent.bytes.starts_with(b"SIP/2.0"));
            requests.count()
        };
        for way in [
            |r: &mut Route| {
                assert!(r.set_dst_uri(b"sip:10.0.0.9"));
                testing::block_on(r.t_relay())
            },
            |r: &mut Route| testing::block_on(r.t_relay_to_proto_addr(s("udp"), s("10.0.0.9"), 5060)),
            |r: &mut Route| testing::block_on(r.t_relay_to_proxy(s("udp:10.0.0.9:5060"))),
            |r: &mut Route| testing::block_on(r.t_replicate(s("sip:10.0.0.9"))),
            |r: &mut Route| {
                let [method, uri, none] = ["OPTIONS", "sip:b@10.0.0.9", ""].map(str::to_owned);
                testing::block_on(r.t_uac_send(method, uri, none.clone(), none.clone(), none.clone(), none))
            },
        ] {
            assert!(way(&mut run(&["tm"])) < 0);
            assert_eq!(out(testing::sent()), 0);
            assert_eq!(way(&mut run(&["tm", "dst:10.0.0.0/8"])), 1);
            assert_eq!(out(testing::sent()), 1);
        }
    }

    #[test]
    fn requests_of_its_own_have_granted_lines() {
        use tm::Host;
        let send = |grants: &[&str], lines: &str| {
            let mut route = run(grants);
            let [method, uri, none] = ["OPTIONS", "sip:b@203.0.113.9", ""].map(str::to_owned);
            testing::block_on(route.t_uac_send(method, uri, none.clone(), none.clone(), s(lines), none))
        };
        assert_eq!(send(&["tm"], ""), 1, "what the host makes up is its own");
        assert_eq!(send(&["tm"], "X-A: 1"), -1);
        assert_eq!(send(&["tm", "header:X-A"], "X-A: 1"), 1);
        assert_eq!(send(&["tm", "header:X-A"], "X-A: 1\r\nFrom: <sip:a@b>"), -1);
        let mut route = run(&["tmx"]);
        let ack = tmx::Host::t_uac_ack_local(&mut route, s("call"), s("1"), s("X-A: 1"), s(""));
        assert_eq!(testing::block_on(ack), -1);
    }

    #[test]
    fn what_the_host_writes_is_its_own_affair() {
        use kemist_bindings::kemi::ksr::{maxfwd, rr};
        let mut route = run(&["rr", "maxfwd"]);
        assert_eq!(rr::Host::record_route(&mut route), 1);
        assert_eq!(maxfwd::Host::process_maxfwd(&mut route, 10), 1);
        assert!(!route.edits.is_empty());
    }
}
