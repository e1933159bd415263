//! Where the parts of the fields stand that every message has and everybody asks for: found once, when the
//! message is indexed.

use super::header::HeaderSpan;
use super::{NameAddr, Via, lexical, list, params};

/// From and to, as offsets into the message. The message limit makes 16 bits enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part(u16, u16);

impl Part {
    /// Not in the message.
    const NOWHERE: Part = Part(u16::MAX, 0);

    /// Where a slice of the message stands.
    fn of(bytes: &[u8], part: &[u8]) -> Part {
        let offset = (part.as_ptr() as usize).wrapping_sub(bytes.as_ptr() as usize);
        match offset.checked_add(part.len()) {
            Some(end) if end <= bytes.len() => Part(offset as u16, end as u16),
            // what is empty may be anybody's
            _ => Part::NOWHERE,
        }
    }

    #[inline]
    pub(crate) fn get(self, bytes: &[u8]) -> &[u8] {
        bytes.get(usize::from(self.0)..usize::from(self.1)).unwrap_or_default()
    }

    fn some(bytes: &[u8], part: Option<&[u8]>) -> Part {
        part.map_or(Part::NOWHERE, |part| Part::of(bytes, part))
    }

    /// Offset and length; `None` where it is nowhere.
    pub(crate) fn place(self) -> Option<(u32, u32)> {
        (self != Part::NOWHERE).then(|| (self.0.into(), u32::from(self.1 - self.0)))
    }

    pub(crate) fn find(self, bytes: &[u8]) -> Option<&[u8]> {
        (self != Part::NOWHERE).then(|| self.get(bytes))
    }
}

/// What the index keeps of these fields; `None` where one is missing or malformed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Places {
    pub(crate) via: Option<ViaPlace>,
    pub(crate) from: Option<AddressPlace>,
    pub(crate) to: Option<AddressPlace>,
    pub(crate) cseq: Option<CSeqPlace>,
}

/// The topmost Via value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ViaPlace {
    protocol: Part,
    transport: Part,
    host: Part,
    params: Part,
    port: Option<u16>,
    /// The value of its branch parameter.
    pub(crate) branch: Part,
    /// The whole parameter, name and value; so the others.
    pub(crate) received: Part,
    pub(crate) rport: Part,
    pub(crate) maddr: Part,
    /// Where the value ends: at its comma or at the end of the field.
    pub(crate) end: u16,
    /// What [`Via::check_params`] says.
    pub(crate) params_are_good: bool,
}

impl ViaPlace {
    pub(crate) fn new(bytes: &[u8], header: HeaderSpan) -> Option<ViaPlace> {
        let field = Part(header.value_start, header.value_end).get(bytes);
        let end = list::element_end(field);
        let via = Via::parse(&field[..end]).ok()?;
        let (mut branch, mut received, mut rport, mut maddr) = (None, None, None, None);
        let (mut empty, mut params_are_good) = (false, true);
        for element in params::elements(via.params) {
            params_are_good &= !empty && element.first() != Some(&b'=');
            empty = element.is_empty();
            let (name, value) = params::param(element);
            match name.len() {
                6 if branch.is_none() && lexical::is_name(name, b"branch") => branch = Some(value.unwrap_or_default()),
                5 if rport.is_none() && lexical::is_name(name, b"rport") => rport = Some(element),
                5 if maddr.is_none() && lexical::is_name(name, b"maddr") => maddr = Some(element),
                8 if received.is_none() && lexical::is_name(name, b"received") => received = Some(element),
                _ => {}
            }
        }
        Some(ViaPlace {
            protocol: Part::of(bytes, via.protocol),
            transport: Part::of(bytes, via.transport),
            host: Part::of(bytes, via.host),
            params: Part::of(bytes, via.params),
            port: via.port,
            branch: Part::some(bytes, branch.filter(|branch| !branch.is_empty())),
            received: Part::some(bytes, received),
            rport: Part::some(bytes, rport),
            maddr: Part::some(bytes, maddr),
            end: header.value_start + end as u16,
            params_are_good,
        })
    }

    #[inline]
    pub(crate) fn view(self, bytes: &[u8]) -> Via<'_> {
        Via {
            protocol: self.protocol.get(bytes),
            transport: self.transport.get(bytes),
            host: self.host.get(bytes),
            port: self.port,
            params: self.params.get(bytes),
        }
    }
}

/// From or To.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddressPlace {
    display: Part,
    uri: Part,
    params: Part,
    /// The value of its tag parameter.
    pub(crate) tag: Part,
    uri_offset: u16,
    bracketed: bool,
}

impl AddressPlace {
    pub(crate) fn new(bytes: &[u8], header: HeaderSpan) -> Option<AddressPlace> {
        let address = NameAddr::parse(Part(header.value_start, header.value_end).get(bytes)).ok()?;
        Some(AddressPlace {
            display: Part::of(bytes, address.display),
            uri: Part::of(bytes, address.uri),
            params: Part::of(bytes, address.params),
            tag: Part::some(bytes, address.tag()),
            uri_offset: address.uri_offset as u16,
            bracketed: address.bracketed,
        })
    }

    #[inline]
    pub(crate) fn view(self, bytes: &[u8]) -> NameAddr<'_> {
        NameAddr {
            display: self.display.get(bytes),
            uri: self.uri.get(bytes),
            params: self.params.get(bytes),
            uri_offset: self.uri_offset.into(),
            bracketed: self.bracketed,
        }
    }
}

/// CSeq.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CSeqPlace {
    /// `None` where it is no number that fits.
    pub(crate) number: Option<u32>,
    pub(crate) method: Part,
}

impl CSeqPlace {
    pub(crate) fn new(bytes: &[u8], header: HeaderSpan) -> Option<CSeqPlace> {
        let value = Part(header.value_start, header.value_end).get(bytes);
        let space = lexical::find_any(value, [b' ', b'\t', b'\r', b'\n'])?;
        let method = lexical::trim_start(&value[space..]);
        lexical::all_token(method).then(|| CSeqPlace {
            number: lexical::number(&value[..space]).ok(),
            method: Part::of(bytes, method),
        })
    }
}
