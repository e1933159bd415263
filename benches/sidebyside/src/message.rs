//! Texts of the load with places that are filled in, and as much reading of SIP as its answers need.

use memchr::memmem;

/// Eight characters that are replaced by a line's number in hexadecimal.
pub const INDEX: &str = "@INDEX@@";
/// Six characters that are replaced by a user's number.
pub const USER: &str = "@USER@";
/// What all branches of the load begin with; behind it the run, the line and the step.
pub const BRANCH: &str = "z9hG4bK-sbs";

/// A text whose places are overwritten, never moved.
#[derive(Clone, Debug)]
pub struct Template {
    text: Vec<u8>,
    places: Vec<(usize, Place)>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Index,
    User,
}

impl Template {
    pub fn new(text: &str) -> Template {
        let find = |marker: &str, place| {
            let found = memmem::find_iter(text.as_bytes(), marker);
            found.map(move |at| (at, place)).collect::<Vec<_>>()
        };
        let mut places = find(INDEX, Place::Index);
        places.extend(find(USER, Place::User));
        Template {
            text: text.as_bytes().to_vec(),
            places,
        }
    }

    /// Appends the text for a line and a user.
    pub fn write(&self, index: u32, user: u32, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.text);
        let (index, user) = (hexadecimal(index), decimal(user));
        for (at, place) in &self.places {
            let value = match place {
                Place::Index => &index[..],
                Place::User => &user[..],
            };
            out[start + at..][..value.len()].copy_from_slice(value);
        }
    }
}

/// Of whose request a message is: written in the branch of the load's Via.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub run: u32,
    pub index: u32,
    pub step: u8,
}

impl Mark {
    /// None where the message has no Via of the load.
    pub fn of(message: &[u8]) -> Option<Mark> {
        let at = memmem::find(message, BRANCH.as_bytes())? + BRANCH.len();
        let text = message.get(at..at + 17)?;
        Some(Mark {
            run: number(&text[..8])?,
            index: number(&text[8..16])?,
            step: text[16],
        })
    }
}

/// The code of a reply; None for a request.
pub fn status(message: &[u8]) -> Option<u16> {
    let digits = message.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Names and values of the header lines, as they stand, names and lines included in the third.
pub fn headers(message: &[u8]) -> impl Iterator<Item = (&[u8], &[u8], &[u8])> {
    let mut rest = match memchr::memchr(b'\n', message) {
        Some(end) => &message[end + 1..],
        None => &[],
    };
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest)?;
        let (line, after) = rest.split_at(end + 1);
        rest = after;
        let colon = memchr::memchr(b':', line)?;
        Some((line[..colon].trim_ascii(), line[colon + 1..].trim_ascii(), line))
    })
}

/// A header by its name or its short form.
pub fn is(name: &[u8], long: &str, short: &str) -> bool {
    name.eq_ignore_ascii_case(long.as_bytes()) || name.eq_ignore_ascii_case(short.as_bytes())
}

/// The value of the first header of that name.
pub fn header<'m>(message: &'m [u8], long: &str, short: &str) -> Option<&'m [u8]> {
    headers(message)
        .find(|(name, _, _)| is(name, long, short))
        .map(|(_, value, _)| value)
}

/// The URI of a name-addr or addr-spec.
pub fn uri(value: &[u8]) -> &[u8] {
    match memchr::memchr(b'<', value) {
        Some(open) => {
            let rest = &value[open + 1..];
            &rest[..memchr::memchr(b'>', rest).unwrap_or(rest.len())]
        }
        None => value[..memchr::memchr2(b';', b',', value).unwrap_or(value.len())].trim_ascii(),
    }
}

/// The route that a caller's requests take: Record-Route of the reply in reverse order (RFC 3261 section 12.1.2).
pub fn write_routes(reply: &[u8], out: &mut Vec<u8>) {
    let mut routes: Vec<&[u8]> = Vec::new();
    for (name, value, _) in headers(reply) {
        if name.eq_ignore_ascii_case(b"Record-Route") {
            routes.extend(values(value));
        }
    }
    for route in routes.iter().rev() {
        out.extend_from_slice(b"Route: ");
        out.extend_from_slice(route);
        out.extend_from_slice(b"\r\n");
    }
}

/// What commas separate, those inside of <> and quotes apart.
fn values(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut inside) = (false, false);
    text.split(move |b| {
        match b {
            b'"' => quoted = !quoted,
            b'<' if !quoted => inside = true,
            b'>' if !quoted => inside = false,
            _ => {}
        }
        *b == b',' && !quoted && !inside
    })
    .map(<[u8]>::trim_ascii)
}

fn hexadecimal(value: u32) -> [u8; 8] {
    std::array::from_fn(|at| b"0123456789abcdef"[(value >> (28 - 4 * at)) as usize & 15])
}

fn decimal(mut value: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
    digits
}

fn number(text: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: &[u8] = b"SIP/2.0 200 OK\r\n\
        v: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK-sbs0000abcd000000ff2;rport=40000\r\n\
        Record-Route: <sip:10.0.0.2;lr=on;a=\"x,y\">, <sip:10.0.0.1;lr>\r\n\
        record-route: <sip:10.0.0.0;lr>\r\n\
        t: <sip:b@x>;tag=77\r\n\
        m: \"B, or <c>\" <sip:b@127.0.0.1:5000;alias=127.0.0.1~5000~1>;q=1\r\n\
        Content-Length: 5\r\n\r\na: b\n";

    #[test]
    fn a_template_is_patched_in_place() {
        let template = Template::new("u@USER@ @INDEX@@ u@USER@@host");
        let mut out = b"before ".to_vec();
        template.write(0xbeef, 1234, &mut out);
        assert_eq!(out, b"before u001234 0000beef u001234@host");
    }

    #[test]
    fn a_reply_is_read() {
        assert_eq!(status(REPLY), Some(200));
        assert_eq!(status(b"OPTIONS sip:a SIP/2.0\r\n"), None);
        let mark = Mark {
            run: 0xabcd,
            index: 0xff,
            step: b'2',
        };
        assert_eq!(Mark::of(REPLY), Some(mark));
        assert_eq!(header(REPLY, "To", "t"), Some(&b"<sip:b@x>;tag=77"[..]));
        assert_eq!(header(REPLY, "a", "a"), None, "the body has no headers");
        let mut routes = Vec::new();
        write_routes(REPLY, &mut routes);
        let wanted =
            "Route: <sip:10.0.0.0;lr>\r\nRoute: <sip:10.0.0.1;lr>\r\nRoute: <sip:10.0.0.2;lr=on;a=\"x,y\">\r\n";
        assert_eq!(String::from_utf8_lossy(&routes), wanted);
        assert_eq!(uri(b"sip:a@b;q=1"), b"sip:a@b");
        assert_eq!(uri(b"<sip:a@b;alias=1>;q=1"), b"sip:a@b;alias=1");
    }

    #[test]
    fn what_is_cut_off_is_no_reply() {
        for end in 0..REPLY.len() {
            let cut = &REPLY[..end];
            status(cut);
            Mark::of(cut);
            headers(cut).for_each(drop);
            write_routes(cut, &mut Vec::new());
        }
        assert_eq!(uri(b"<sip:a"), b"sip:a");
    }
}
