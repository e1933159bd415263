//! `$br`, `$bR`, `$branch(x)`: the destinations added beside the main one.

use super::Read;
use super::names::{BranchField, Plain};
use super::read::place;
use super::spec::Index;
use crate::route::{NewBranch, Route, Value};
use crate::store::OPERATOR;
use bytes::Bytes;
use kemist_sip::ConnectionId;
use std::time::Instant;

/// Added branches of one request (Kamailio's MAX_BRANCHES counts the main one too).
pub const MAX_BRANCHES: usize = 11;

impl Route {
    /// Appends a branch: its URI (empty: the request URI in force), q in thousandths or -1. False where
    /// the URI cannot be written or there are too many.
    pub fn append_branch(&mut self, uri: &[u8], q: i16) -> bool {
        let uri = match uri {
            b"" => Bytes::copy_from_slice(self.request_uri()),
            uri => Bytes::copy_from_slice(uri),
        };
        if !self.msg.is_request()
            || self.branches.len() >= MAX_BRANCHES
            || !crate::route::request_uri::is_line_safe(&uri)
            // the main one counts too
            || !self.owner().may_branch(self.branches.len() + 1, Instant::now())
        {
            return false;
        }
        self.branches.push(NewBranch {
            uri,
            q,
            send_socket: self.send_socket,
            ..NewBranch::default()
        });
        true
    }

    /// `$br`, `$bR` and `$ds`.
    pub fn branch_texts(&self, plain: Plain) -> Read<'_> {
        let uris = || self.branches.iter().map(|branch| &*branch.uri);
        match plain {
            Plain::FirstBranch => Read::optional(uris().next()),
            Plain::AllBranches if self.branches.is_empty() => Read::Null,
            Plain::AllBranches => Read::owned(contact_list(uris())),
            _ => Read::owned(
                [
                    b"Contact: ",
                    &*contact_list(std::iter::once(self.request_uri()).chain(uris())),
                ]
                .concat(),
            ),
        }
    }

    /// `$(branch(x)[i])`.
    pub fn read_branch(&self, field: BranchField, index: &Index) -> Read<'_> {
        if field == BranchField::Count {
            return Read::length(self.branches.len());
        }
        let at = self.index(index).and_then(|at| place(at, self.branches.len()));
        match at.and_then(|at| self.branches.get(at)) {
            Some(branch) => self.branch_field(branch, field),
            None => Read::Null,
        }
    }

    /// `$sbranch(x)`; null while it has no URI.
    pub fn read_static_branch(&self, field: BranchField) -> Read<'_> {
        match &self.sbranch {
            _ if field == BranchField::Count => Read::length(self.branches.len()),
            Some(branch) if !branch.uri.is_empty() => self.branch_field(branch, field),
            _ => Read::Null,
        }
    }

    fn branch_field<'a>(&'a self, branch: &'a NewBranch, field: BranchField) -> Read<'a> {
        match field {
            BranchField::Uri => Read::text(&branch.uri),
            BranchField::DstUri => Read::optional(branch.dst_uri.as_deref()),
            BranchField::Path => Read::optional(branch.path.as_deref()),
            BranchField::Q if branch.q < 0 => Read::Null,
            BranchField::Q => Read::Int(i64::from(branch.q)),
            BranchField::Flags => Read::Int(i64::from(branch.bflags)),
            BranchField::Ruid => Read::filled(&branch.ruid),
            BranchField::UserAgent => Read::filled(&branch.location_ua),
            BranchField::Instance => Read::filled(&branch.instance),
            BranchField::SendSocket => self.socket_text(branch.send_socket),
            BranchField::Connection => Read::Int(branch.connection.map_or(0, |id| id.0.cast_signed())),
            BranchField::Count => Read::Null,
        }
    }

    /// Changes an added branch; null for its URI takes the branch away.
    pub fn write_branch(&mut self, field: BranchField, index: &Index, value: Value) -> bool {
        if !self.may_name(field, &value) {
            return false;
        }
        let at = self.index(index).and_then(|at| place(at, self.branches.len()));
        let Some(at) = at else { return false };
        match (field, value) {
            (BranchField::Uri, Value::Null) => {
                self.branches.remove(at);
                true
            }
            (BranchField::Uri, Value::Str(uri)) if uri.is_empty() => {
                self.branches.remove(at);
                true
            }
            (field, value) => set_field(&mut self.branches[at], field, value),
        }
    }

    /// Changes `$sbranch(x)`; null for its URI resets all of it.
    pub fn write_static_branch(&mut self, field: BranchField, value: Value) -> bool {
        if !self.may_name(field, &value) {
            return false;
        }
        match (field, value) {
            (BranchField::Uri, Value::Null) => {
                self.sbranch = None;
                true
            }
            (BranchField::Uri, Value::Str(uri)) if uri.is_empty() => {
                self.sbranch = None;
                true
            }
            (field, value) => {
                let branch = self.sbranch.get_or_insert_with(|| {
                    Box::new(NewBranch {
                        q: -1,
                        ..NewBranch::default()
                    })
                });
                set_field(branch, field, value)
            }
        }
    }
}

impl Route {
    /// Connections have numbers that can be guessed, and what names one goes there whatever the address: a
    /// tenant names those that its message came over or a lookup has found.
    fn may_name(&self, field: BranchField, value: &Value) -> bool {
        let (BranchField::Connection, Value::Int(id)) = (field, value) else {
            return true;
        };
        let found = Some(ConnectionId(id.cast_unsigned()));
        let of_branch = || self.branches.iter().any(|branch| branch.connection == found);
        let own = *id == 0 || found == self.source.connection || found == self.connection || of_branch();
        own || self.tenant == OPERATOR
    }
}

/// Kamailio's: what a lookup knows of the binding is read only.
fn set_field(branch: &mut NewBranch, field: BranchField, value: Value) -> bool {
    let safe = |text: &Bytes| crate::route::request_uri::is_line_safe(text);
    match (field, value) {
        (BranchField::Uri, Value::Str(uri)) if safe(&uri) => branch.uri = uri,
        (BranchField::DstUri, Value::Null) => branch.dst_uri = None,
        (BranchField::DstUri, Value::Str(uri)) if uri.is_empty() => branch.dst_uri = None,
        (BranchField::DstUri, Value::Str(uri)) if safe(&uri) => branch.dst_uri = Some(uri),
        (BranchField::Path, Value::Null) => branch.path = None,
        (BranchField::Path, Value::Str(path)) if path.is_empty() => branch.path = None,
        (BranchField::Path, Value::Str(path)) if is_header_safe(&path) => branch.path = Some(path),
        (BranchField::Q, Value::Null) => branch.q = -1,
        (BranchField::Q, Value::Int(q @ -1..=1000)) => branch.q = q as i16,
        (BranchField::Ruid, Value::Str(ruid)) if safe(&ruid) => branch.ruid = ruid,
        (BranchField::Flags, Value::Null) => branch.bflags = 0,
        (BranchField::Flags, Value::Int(flags)) => match u32::try_from(flags) {
            Ok(flags) => branch.bflags = flags,
            Err(_) => return false,
        },
        (BranchField::SendSocket, Value::Null) => branch.send_socket = None,
        (BranchField::SendSocket, Value::Str(text)) => match super::socket_named(&text) {
            None if !text.is_empty() => return false,
            socket => branch.send_socket = socket,
        },
        (BranchField::Connection, Value::Null | Value::Int(0)) => branch.connection = None,
        (BranchField::Connection, Value::Int(id)) => branch.connection = Some(ConnectionId(id.cast_unsigned())),
        _ => return false,
    }
    true
}

/// Text that ends no line.
fn is_header_safe(text: &[u8]) -> bool {
    !text.is_empty() && !text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0))
}

fn contact_list<'a>(uris: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for uri in uris {
        if !out.is_empty() {
            out.extend_from_slice(b", ");
        }
        out.push(b'<');
        out.extend_from_slice(uri);
        out.push(b'>');
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, testing};
    use kemist_sip::ConnectionId;

    #[test]
    fn branches_are_appended_read_and_taken_away() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.pv_get("$br"), Value::Null);
        assert!(route.pv_set("$br", Value::text(b"sip:b1@192.0.2.1")));
        assert!(route.pv_set("$br", Value::text(b"sip:b2@192.0.2.2")));
        assert_eq!(route.pv_get("$br"), Value::text(b"sip:b1@192.0.2.1"));
        assert_eq!(
            route.pv_get("$bR"),
            Value::text(b"<sip:b1@192.0.2.1>, <sip:b2@192.0.2.2>")
        );
        assert_eq!(route.pv_get("$branch(count)"), Value::Int(2));
        assert_eq!(route.pv_get("$(branch(uri)[-1])"), Value::text(b"sip:b2@192.0.2.2"));
        assert!(route.pv_set("$(branch(dst_uri)[1])", Value::text(b"sip:192.0.2.9")));
        assert_eq!(route.pv_get("$(branch(dst_uri)[1])"), Value::text(b"sip:192.0.2.9"));
        assert!(!route.pv_set("$(branch(uri)[1])", Value::text(b"sip:x y")));
        assert!(route.pv_set("$(branch(q)[1])", Value::Int(700)));
        assert!(!route.pv_set("$(branch(q)[1])", Value::Int(1001)));
        assert_eq!(route.pv_get("$(branch(q)[1])"), Value::Int(700));
        assert!(route.pv_set("$(branch(path)[1])", Value::text(b"<sip:192.0.2.8;lr>")));
        assert!(!route.pv_set("$(branch(path)[1])", Value::text(b"<sip:x>\r\nX: y")));
        assert_eq!(route.pv_get("$(branch(path)[1])"), Value::text(b"<sip:192.0.2.8;lr>"));
        assert!(route.pv_set("$(branch(uri)[0])", Value::Null));
        assert_eq!(route.branches.len(), 1);
        assert!(route.pv_set("$(branch(send_socket)[0])", Value::text(b"tcp:127.0.0.1:5060")));
        assert_eq!(route.branches[0].send_socket, Some(1));
        assert!(!route.pv_set("$(branch(send_socket)[0])", Value::text(b"udp:198.51.100.1:5060")));
        assert!(route.pv_set("$(branch(otcpid)[0])", Value::Int(7)));
        assert_eq!(route.pv_get("$(branch(otcpid)[0])"), Value::Int(7));
        let more = (0..50).filter(|_| route.append_branch(b"", -1)).count();
        assert_eq!(more, super::MAX_BRANCHES - 1);
    }

    #[test]
    fn the_static_branch_is_apart() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.pv_set("$sbranch(flags)", Value::Int(4)));
        assert_eq!(
            route.pv_get("$sbranch(flags)"),
            Value::Null,
            "without a URI there is none"
        );
        assert!(route.pv_set("$sbranch(uri)", Value::text(b"sip:b@192.0.2.1")));
        assert_eq!(route.pv_get("$sbranch(flags)"), Value::Int(4));
        assert_eq!(route.pv_get("$sbranch(q)"), Value::Null);
        assert!(route.branches.is_empty());
        assert!(route.pv_set("$sbranch(uri)", Value::Null));
        assert_eq!(route.pv_get("$sbranch(uri)"), Value::Null);
    }

    #[test]
    fn a_tenant_names_no_connection_of_others() {
        let mut operator = testing::request(testing::INVITE);
        assert!(operator.pv_set("$sbranch(otcpid)", Value::Int(7)));
        let mut route = testing::of_tenant(testing::request(testing::INVITE), 1, "acme");
        assert!(!route.pv_set("$sbranch(otcpid)", Value::Int(7)));
        assert!(route.pv_set("$sbranch(otcpid)", Value::Int(0)));
        route.source.connection = Some(ConnectionId(7));
        assert!(route.pv_set("$sbranch(otcpid)", Value::Int(7)));
        assert!(!route.pv_set("$sbranch(otcpid)", Value::Int(8)));
    }
}
