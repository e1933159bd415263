//! The address table: trusted sources by group (`KSR.permissions`), whole in memory.

use super::TenantId;
use arc_swap::ArcSwap;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// One row: a network (a host has the full prefix), a port or 0 for any, a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The group.
    pub group: i32,
    /// Which addresses.
    pub network: IpNet,
    /// The source port, 0 for any.
    pub port: u16,
    /// A note for scripts (`$avp` of permissions' `peer_tag_avp`).
    pub tag: Option<String>,
}

/// The table, replaced as a whole; reading takes no lock.
#[derive(Debug, Default)]
pub struct Addresses {
    tenants: ArcSwap<HashMap<TenantId, Arc<Index>>>,
}

#[derive(Debug, Default)]
struct Index {
    hosts: HashMap<IpAddr, Vec<Address>>,
    networks: Vec<Address>,
}

impl Addresses {
    /// Is `ip:port` in the group?
    pub fn contains(&self, tenant: TenantId, group: i32, ip: IpAddr, port: u16) -> bool {
        self.find(tenant, ip, port, |a| a.group == group).is_some()
    }

    /// The group of `ip:port`: hosts are looked at before networks, as Kamailio does.
    pub fn group_of(&self, tenant: TenantId, ip: IpAddr, port: u16) -> Option<i32> {
        self.find(tenant, ip, port, |_| true).map(|a| a.group)
    }

    /// The row that lets `ip:port` into the group.
    pub fn entry(&self, tenant: TenantId, group: i32, ip: IpAddr, port: u16) -> Option<Address> {
        self.find(tenant, ip, port, |a| a.group == group)
    }

    /// All rows of a tenant, hosts first.
    pub fn all(&self, tenant: TenantId) -> Vec<Address> {
        let tenants = self.tenants.load();
        let Some(index) = tenants.get(&tenant) else {
            return Vec::new();
        };
        index.hosts.values().flatten().chain(&index.networks).cloned().collect()
    }

    /// Replaces the rows of a tenant; how many there are.
    pub fn replace(&self, tenant: TenantId, rows: Vec<Address>) -> usize {
        let count = rows.len();
        self.replace_all([(tenant, rows)]);
        count
    }

    /// Replaces the rows of several tenants at once.
    pub fn replace_all(&self, rows: impl IntoIterator<Item = (TenantId, Vec<Address>)>) {
        let indexes = rows
            .into_iter()
            .map(|(tenant, rows)| (tenant, Arc::new(Index::of(rows))));
        let indexes: Vec<_> = indexes.collect();
        self.tenants.rcu(|old| {
            let mut new = HashMap::clone(old);
            for (tenant, index) in &indexes {
                match index.is_empty() {
                    true => new.remove(tenant),
                    false => new.insert(*tenant, index.clone()),
                };
            }
            new
        });
    }

    /// Drops the rows of a tenant.
    pub(super) fn forget(&self, tenant: TenantId) {
        if self.tenants.load().contains_key(&tenant) {
            self.replace_all([(tenant, Vec::new())]);
        }
    }

    fn find(&self, tenant: TenantId, ip: IpAddr, port: u16, wanted: impl Fn(&Address) -> bool) -> Option<Address> {
        let tenants = self.tenants.load();
        let index = tenants.get(&tenant)?;
        let ip = ip.to_canonical();
        let fits = |a: &&Address| (a.port == 0 || port == 0 || a.port == port) && wanted(a);
        let host = index.hosts.get(&ip).and_then(|rows| rows.iter().find(fits));
        host.or_else(|| index.networks.iter().filter(|a| a.network.contains(&ip)).find(fits))
            .cloned()
    }
}

impl Index {
    fn of(rows: Vec<Address>) -> Index {
        let mut index = Index::default();
        for row in rows {
            if row.network.prefix_len() == row.network.max_prefix_len() {
                let host = row.network.addr().to_canonical();
                index.hosts.entry(host).or_default().push(row);
            } else {
                index.networks.push(row);
            }
        }
        index
    }

    fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.networks.is_empty()
    }
}

/// Reads `GROUP CIDR[:PORT]`: a group's number, a space, and what [`parse_cidr`] reads.
pub fn parse_entry(text: &str) -> Option<Address> {
    let (group, network) = text.trim().split_once(char::is_whitespace)?;
    let (network, port) = parse_cidr(network.trim())?;
    Some(Address {
        group: group.parse().ok()?,
        network,
        port,
        tag: None,
    })
}

/// Reads `CIDR[:PORT]`: `192.0.2.1`, `192.0.2.0/24:5060`, `[2001:db8::1]:5060`, `2001:db8::/32`,
/// `[2001:db8::]/32:5060`.
pub fn parse_cidr(text: &str) -> Option<(IpNet, u16)> {
    if let Ok(network) = parse_network(text) {
        return Some((network, 0));
    }
    let (network, port) = text.rsplit_once(':')?;
    let bare = network.replacen(['[', ']'], "", 2);
    // Without brackets or a mask the last colon belongs to an IPv6 address
    if bare.contains(':') && !network.contains('[') && !network.contains('/') {
        return None;
    }
    Some((parse_network(&bare).ok()?, port.parse().ok()?))
}

/// A network with its mask, or a single address.
pub(super) fn parse_network(text: &str) -> Result<IpNet, ipnet::AddrParseError> {
    match text.parse::<IpAddr>() {
        Ok(ip) => Ok(IpNet::from(ip)),
        Err(_) => text.parse::<IpNet>().map(|n| n.trunc()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(group: i32, text: &str) -> Address {
        let (network, port) = parse_cidr(text).expect(text);
        Address {
            group,
            network,
            port,
            tag: None,
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn hosts_and_networks_are_found_by_group_and_port() {
        let table = Addresses::default();
        assert!(!table.contains(0, 1, ip("127.0.0.1"), 5060));
        let rows = vec![
            row(1, "127.0.0.1/32"),
            row(2, "192.0.2.0/24:5060"),
            row(3, "2001:db8::/32"),
        ];
        assert_eq!(table.replace(0, rows), 3);
        assert!(table.contains(0, 1, ip("127.0.0.1"), 4711));
        assert!(
            table.contains(0, 1, ip("::ffff:127.0.0.1"), 4711),
            "an IPv4 peer on an IPv6 socket"
        );
        assert!(!table.contains(0, 2, ip("127.0.0.1"), 4711));
        assert!(table.contains(0, 2, ip("192.0.2.77"), 5060));
        assert!(!table.contains(0, 2, ip("192.0.2.77"), 5070));
        assert_eq!(table.group_of(0, ip("2001:db8::5"), 1), Some(3));
        assert_eq!(table.group_of(0, ip("203.0.113.1"), 1), None);
        assert_eq!(table.group_of(5, ip("127.0.0.1"), 1), None, "another tenant's table");
        assert_eq!(table.replace(0, Vec::new()), 0);
        assert!(!table.contains(0, 1, ip("127.0.0.1"), 4711));
    }

    #[test]
    fn cidrs_with_and_without_port() {
        let read = |t| parse_cidr(t).map(|(n, p)| (n.to_string(), p));
        assert_eq!(read("192.0.2.1"), Some(("192.0.2.1/32".into(), 0)));
        assert_eq!(read("192.0.2.9/24"), Some(("192.0.2.0/24".into(), 0)));
        assert_eq!(read("192.0.2.1:5060"), Some(("192.0.2.1/32".into(), 5060)));
        assert_eq!(read("[2001:db8::1]:5060"), Some(("2001:db8::1/128".into(), 5060)));
        assert_eq!(read("2001:db8::/32:5060"), Some(("2001:db8::/32".into(), 5060)));
        assert_eq!(read("2001:db8::1"), Some(("2001:db8::1/128".into(), 0)));
        for bad in ["", "x", "192.0.2.1/33", "192.0.2.1:99999", "1.2.3.4:"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
