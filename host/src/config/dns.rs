//! `[dns]`: how names become addresses (RFC 3263), and what happens to addresses that do not answer.

use super::units;
use serde::Deserialize;
use serde::de::{self, Deserializer};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// `[dns]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dns {
    /// Name servers to ask, port 53 unless written; none: those of `/etc/resolv.conf`.
    pub servers: Vec<NameServer>,
    /// How long a name server may take over one question.
    #[serde(deserialize_with = "units::with_unit")]
    pub timeout: Duration,
    /// How often a question is asked, at least once.
    pub attempts: u8,
    /// Whether NAPTR records choose the transport where a URI leaves it open.
    pub naptr: bool,
    /// Whether SRV records are asked for where a URI has no port.
    pub srv: bool,
    /// Whether the next address of a name is tried where one fails (`use_dns_failover`).
    pub failover: bool,
    /// Answers are kept at least so long, whatever their TTL.
    #[serde(deserialize_with = "units::with_unit")]
    pub min_ttl: Duration,
    /// Answers are kept at most so long, whatever their TTL.
    #[serde(deserialize_with = "units::with_unit")]
    pub max_ttl: Duration,
    /// That a name has no address is kept at most so long.
    #[serde(deserialize_with = "units::with_unit")]
    pub negative_ttl: Duration,
    /// The most names kept.
    pub cache: usize,
    /// How long an address that failed is left out; 0 for not at all.
    #[serde(deserialize_with = "units::with_unit")]
    pub blocklist_time: Duration,
    /// The most addresses left out at one time.
    pub blocklist_size: usize,
}

impl Default for Dns {
    fn default() -> Dns {
        Dns {
            servers: Vec::new(),
            timeout: Duration::from_secs(2),
            attempts: 2,
            naptr: true,
            srv: true,
            failover: true,
            min_ttl: Duration::ZERO,
            max_ttl: Duration::from_secs(3600),
            negative_ttl: Duration::from_secs(60),
            cache: 4096,
            blocklist_time: Duration::ZERO,
            blocklist_size: 1024,
        }
    }
}

/// The address of a name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameServer(pub SocketAddr);

impl NameServer {
    fn parse(text: &str) -> Result<NameServer, String> {
        let bare = || text.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        let address = text.parse().ok();
        address
            .or_else(|| bare().map(|ip| SocketAddr::new(ip, 53)))
            .map(NameServer)
            .ok_or_else(|| format!("{text:?} is no address of a name server; write for example \"127.0.0.1:53\""))
    }
}

impl<'de> Deserialize<'de> for NameServer {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<NameServer, D::Error> {
        NameServer::parse(&String::deserialize(d)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_may_leave_out_the_port() {
        for (text, address) in [
            ("127.0.0.1:5353", "127.0.0.1:5353"),
            ("192.0.2.1", "192.0.2.1:53"),
            ("::1", "[::1]:53"),
            ("[::1]:54", "[::1]:54"),
        ] {
            assert_eq!(
                NameServer::parse(text),
                Ok(NameServer(address.parse().expect("an address")))
            );
        }
        assert!(NameServer::parse("dns.example.com").is_err());
    }

    #[test]
    fn a_table_is_read() {
        let dns: Dns = toml::from_str(
            "servers = [\"127.0.0.1:5353\"]\ntimeout = \"1s\"\nattempts = 1\nnaptr = false\nblocklist_time = \"60s\"\n",
        )
        .expect("valid");
        assert_eq!(dns.servers, [NameServer("127.0.0.1:5353".parse().expect("an address"))]);
        assert_eq!((dns.attempts, dns.naptr, dns.srv), (1, false, true));
        assert_eq!(dns.blocklist_time, Duration::from_secs(60));
        assert!(toml::from_str::<Dns>("timeout = 5").is_err(), "a unit is needed");
    }
}
