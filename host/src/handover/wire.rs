//! Numbers, texts and addresses as bytes. Reading trusts nothing: what is too short or too long is None.

use bytes::Bytes;
use kemist_sip::Protocol;
use std::net::{IpAddr, SocketAddr};

/// Bytes being written.
#[derive(Debug, Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn u8(&mut self, value: u8) -> &mut Writer {
        self.0.push(value);
        self
    }

    pub(super) fn flag(&mut self, value: bool) -> &mut Writer {
        self.u8(u8::from(value))
    }

    pub(super) fn u32(&mut self, value: u32) -> &mut Writer {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(super) fn u64(&mut self, value: u64) -> &mut Writer {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// With the length in front. A text over 4 GiB cannot be: nothing here is a hundredth of that.
    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Writer {
        self.u32(value.len() as u32);
        self.0.extend_from_slice(value);
        self
    }

    pub(super) fn option<T>(
        &mut self,
        value: Option<T>,
        write: impl for<'w> FnOnce(&'w mut Writer, T) -> &'w mut Writer,
    ) -> &mut Writer {
        match value {
            None => {
                self.u8(0);
            }
            Some(value) => {
                self.u8(1);
                write(self, value);
            }
        }
        self
    }

    pub(super) fn list<T>(
        &mut self,
        items: impl ExactSizeIterator<Item = T>,
        mut write: impl for<'w> FnMut(&'w mut Writer, T) -> &'w mut Writer,
    ) -> &mut Writer {
        self.u32(items.len() as u32);
        items.for_each(|item| {
            write(self, item);
        });
        self
    }

    pub(super) fn ip(&mut self, ip: IpAddr) -> &mut Writer {
        match ip {
            IpAddr::V4(v4) => self.bytes(&v4.octets()),
            IpAddr::V6(v6) => self.bytes(&v6.octets()),
        }
    }

    pub(super) fn address(&mut self, address: SocketAddr) -> &mut Writer {
        self.ip(address.ip()).u32(address.port().into());
        let scope = match address {
            SocketAddr::V4(_) => 0,
            SocketAddr::V6(v6) => v6.scope_id(),
        };
        self.u32(scope)
    }

    pub(super) fn protocol(&mut self, protocol: Protocol) -> &mut Writer {
        self.bytes(protocol.name().as_bytes())
    }
}

/// Bytes being read.
#[derive(Debug)]
pub(super) struct Reader(pub(super) Bytes);

impl Reader {
    fn take(&mut self, length: usize) -> Option<Bytes> {
        (length <= self.0.len()).then(|| self.0.split_to(length))
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?[..].try_into().ok()?))
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?[..].try_into().ok()?))
    }

    pub(super) fn bytes(&mut self) -> Option<Bytes> {
        let length = self.u32()? as usize;
        self.take(length)
    }

    /// A copy, for what is kept for long: it must not keep the whole frame.
    pub(super) fn owned(&mut self) -> Option<Bytes> {
        self.bytes().map(|bytes| Bytes::copy_from_slice(&bytes))
    }

    pub(super) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(super) fn option<T>(&mut self, read: impl FnOnce(&mut Reader) -> Option<T>) -> Option<Option<T>> {
        match self.flag()? {
            true => read(self).map(Some),
            false => Some(None),
        }
    }

    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Reader) -> Option<T>) -> Option<Vec<T>> {
        let length = self.u32()? as usize;
        // each takes a byte at least: a length that lies reserves no more than the frame's
        let mut items = Vec::with_capacity(length.min(self.0.len()));
        for _ in 0..length {
            items.push(read(self)?);
        }
        Some(items)
    }

    pub(super) fn ip(&mut self) -> Option<IpAddr> {
        let bytes = self.bytes()?;
        let v4 = <[u8; 4]>::try_from(&bytes[..]).map(IpAddr::from);
        v4.or_else(|_| <[u8; 16]>::try_from(&bytes[..]).map(IpAddr::from)).ok()
    }

    pub(super) fn address(&mut self) -> Option<SocketAddr> {
        let (ip, port, scope) = (self.ip()?, u16::try_from(self.u32()?).ok()?, self.u32()?);
        let mut address = SocketAddr::new(ip, port);
        if let SocketAddr::V6(v6) = &mut address {
            v6.set_scope_id(scope);
        }
        Some(address)
    }

    pub(super) fn protocol(&mut self) -> Option<Protocol> {
        Protocol::parse(&self.bytes()?)
    }

    /// All was read.
    pub(super) fn is_done(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut writer = Writer::default();
        let (v4, v6) = ("192.0.2.1:5060", "[fe80::1%3]:5061");
        writer
            .u8(7)
            .u32(70_000)
            .u64(u64::MAX)
            .bytes(b"text")
            .protocol(Protocol::Tcp);
        writer.address(v4.parse().unwrap()).address(v6.parse().unwrap());
        writer
            .option(Some(5u64), |w, n| w.u64(n))
            .option(None, |w, n: u64| w.u64(n));
        writer.list([1u32, 2].into_iter(), |w, n| w.u32(n));
        let mut reader = Reader(writer.0.into());
        assert_eq!(
            (reader.u8(), reader.u32(), reader.u64()),
            (Some(7), Some(70_000), Some(u64::MAX))
        );
        assert_eq!(
            (reader.text(), reader.protocol()),
            (Some("text".to_owned()), Some(Protocol::Tcp))
        );
        assert_eq!(reader.address().map(|a| a.to_string()).as_deref(), Some(v4));
        assert_eq!(reader.address().map(|a| a.to_string()).as_deref(), Some(v6));
        assert_eq!(
            (reader.option(Reader::u64), reader.option(Reader::u64)),
            (Some(Some(5)), Some(None))
        );
        assert_eq!(reader.list(Reader::u32), Some(vec![1, 2]));
        assert!(reader.is_done() && reader.u8().is_none());
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        for bytes in [&b"\xff\xff\xff\xff"[..], b"\x05\0\0\0abcd", b"\x01\0\0", b""] {
            assert_eq!(Reader(Bytes::copy_from_slice(bytes)).bytes(), None);
            assert_eq!(Reader(Bytes::copy_from_slice(bytes)).list(Reader::u64), None);
        }
        assert_eq!(Reader(Bytes::from_static(b"\x02")).option(Reader::u8), None);
        assert_eq!(Reader(Bytes::from_static(b"\x03\0\0\0abc")).ip(), None);
    }
}
