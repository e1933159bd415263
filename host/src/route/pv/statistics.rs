//! Counters and names of this process and its machine: `$stat`, `$iuid`, `$RANDOM`, `$HN`.

use super::Read;
use super::names::HostPart;
use super::spec::Text;
use crate::route::{Route, core};
use kemist_sip::message::uri::Uri;

impl Route {
    /// `$stat(name)`: a counter of the process; null where there is none of that name, and for tenants, whom
    /// it would tell of others.
    pub fn read_statistic(&self, name: &Text) -> Read<'_> {
        if self.tenant != crate::store::OPERATOR {
            return Read::Null;
        }
        let Some(name) = self.text(name) else { return Read::Null };
        // Kamailio's group may stand before the name
        let name = name.rsplit(|b| *b == b':').next().unwrap_or_default();
        let known = core::with(|core| core.shared.stats.all());
        let found = known.iter().find(|(known, _)| known.as_bytes() == name);
        found.map_or(Read::Null, |(_, value)| {
            Read::Int(i64::try_from(*value).unwrap_or(i64::MAX))
        })
    }

    /// `$HN(x)`: the name of this machine, which is the operator's as the environment is.
    pub fn read_host_name(&self, part: HostPart) -> Read<'_> {
        let Some(name) = self.host_name() else {
            return Read::Null;
        };
        let dot = memchr::memchr(b'.', &name);
        Read::owned(match (part, dot) {
            (HostPart::Full, _) | (HostPart::Name, None) => name,
            (HostPart::Name, Some(dot)) => name[..dot].to_vec(),
            (HostPart::Domain, Some(dot)) => name[dot + 1..].to_vec(),
            (HostPart::Domain, None) => return Read::Null,
        })
    }

    fn host_name(&self) -> Option<Vec<u8>> {
        if self.tenant != crate::store::OPERATOR {
            return None;
        }
        let name = std::fs::read("/proc/sys/kernel/hostname").or_else(|_| std::fs::read("/etc/hostname"));
        let name = name.ok()?.trim_ascii().to_vec();
        (!name.is_empty()).then_some(name)
    }

    /// `$nh(i)`: the host of the next hop where it is an address; names are resolved when the message is
    /// sent, not before.
    pub fn next_hop_ip(&self) -> Read<'_> {
        let uri = Uri::parse(self.next_hop_uri());
        match uri.ok().and_then(|uri| uri.ip()) {
            Some(ip) => Read::owned(ip.to_string()),
            None => Read::Null,
        }
    }
}

/// `$iuid`: other at every start.
pub fn instance_id() -> Read<'static> {
    let started = core::with(|core| core.shared.started);
    Read::owned(format!("{started:x}-{:x}", std::process::id()))
}

/// `$RANDOM`: 31 bits of the system's randomness.
pub fn random() -> Read<'static> {
    getrandom::u32().map_or(Read::Null, |number| Read::Int(i64::from(number >> 1)))
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, core, testing};

    #[test]
    fn counters_and_names_are_read() {
        let mut route = testing::request(testing::INVITE);
        core::with(|core| core.shared.stats.rcv_requests.inc());
        assert_eq!(route.pv_get("$stat(rcv_requests)"), Value::Int(1));
        assert_eq!(route.pv_get("$stat(core:rcv_requests)"), Value::Int(1));
        assert_eq!(route.pv_get("$stat(nonesuch)"), Value::Null);
        assert!(matches!(route.pv_get("$RANDOM"), Value::Int(0..)));
        assert!(matches!(route.pv_get("$iuid"), Value::Str(_)));
        assert!(matches!(route.pv_get("$mi"), Value::Int(1..)));
        assert_eq!(route.pv_get("$nh(i)"), Value::Null);
        assert!(route.set_dst_uri(b"sip:[2001:db8::1]:5070"));
        assert_eq!(route.pv_get("$nh(i)"), Value::text(b"2001:db8::1"));
        route.tenant = 3;
        assert_eq!(route.pv_get("$HN(f)"), Value::Null, "not for tenants");
    }

    #[test]
    fn times_are_read() {
        let route = testing::request(testing::INVITE);
        assert_eq!(route.pv_get("$utimef(%Y-%m-%d)"), Value::text(b"2023-11-14"));
        assert_eq!(route.pv_get("$utime(hour)"), Value::Int(22));
        assert!(matches!(route.pv_get("$timef(%H:%M)"), Value::Str(_)));
        assert_eq!(route.pv_get("$TV(s)"), Value::Int(1_700_000_100));
        for name in ["$TV(sn)", "$TV(un)"] {
            assert!(matches!(route.pv_get(name), Value::Int(_)), "{name}");
        }
        for name in ["$TV(Sn)", "$TV(Fn)", "$TV(Sm)"] {
            assert!(matches!(route.pv_get(name), Value::Str(_)), "{name}");
        }
    }
}
