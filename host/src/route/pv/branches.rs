//! `$br`, `$bR`, `$branch(x)`: the destinations added beside the main one.

use super::Read;
use super::names::{BranchField, Plain};
use super::read::place;
use super::spec::Index;
use crate::route::{NewBranch, Route, Value};
use bytes::Bytes;

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
        {
            return false;
        }
        self.branches.push(NewBranch {
            uri,
            q,
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
        let Some(branch) = at.and_then(|at| self.branches.get(at)) else {
            return Read::Null;
        };
        match field {
            BranchField::Uri => Read::text(&branch.uri),
            BranchField::DstUri => Read::optional(branch.dst_uri.as_deref()),
            BranchField::Path => Read::optional(branch.path.as_deref()),
            BranchField::Q => Read::Int(i64::from(branch.q)),
            BranchField::Flags => Read::Int(i64::from(branch.bflags)),
            BranchField::Ruid => Read::filled(&branch.ruid),
            BranchField::UserAgent => Read::filled(&branch.location_ua),
            BranchField::Count => Read::Null,
        }
    }

    /// Changes an added branch; null for its URI takes the branch away.
    pub fn write_branch(&mut self, field: BranchField, index: &Index, value: Value) -> bool {
        let at = self.index(index).and_then(|at| place(at, self.branches.len()));
        let Some(at) = at else { return false };
        let safe = |text: &Bytes| crate::route::request_uri::is_line_safe(text);
        match (field, value) {
            (BranchField::Uri, Value::Null) => {
                self.branches.remove(at);
            }
            (BranchField::Uri, Value::Str(uri)) if safe(&uri) => self.branches[at].uri = uri,
            (BranchField::DstUri, Value::Null) => self.branches[at].dst_uri = None,
            (BranchField::DstUri, Value::Str(uri)) if safe(&uri) => self.branches[at].dst_uri = Some(uri),
            (BranchField::Path, Value::Null) => self.branches[at].path = None,
            (BranchField::Path, Value::Str(path)) if is_header_safe(&path) => self.branches[at].path = Some(path),
            (BranchField::Q, Value::Int(q @ -1..=1000)) => self.branches[at].q = q as i16,
            (BranchField::Ruid, Value::Str(ruid)) if safe(&ruid) => self.branches[at].ruid = ruid,
            (BranchField::Flags, Value::Int(flags)) => match u32::try_from(flags) {
                Ok(flags) => self.branches[at].bflags = flags,
                Err(_) => return false,
            },
            _ => return false,
        }
        true
    }
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
        let more = (0..50).filter(|_| route.append_branch(b"", -1)).count();
        assert_eq!(more, super::MAX_BRANCHES - 1);
    }
}
