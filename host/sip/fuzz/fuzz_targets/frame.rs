//! The framer and the parser read the same Content-Length: a framed message is indexed whole, and no
//! byte of the next one belongs to it.
#![no_main]

use bytes::Bytes;
use kemist_sip::Message;
use kemist_sip::message::parser::{Frame, frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    while !rest.is_empty() {
        match frame(rest, 65_535) {
            Frame::Message(length) => {
                assert!(length > 0 && length <= rest.len());
                let (one, next) = rest.split_at(length);
                if let Ok(message) = Message::parse(Bytes::copy_from_slice(one)) {
                    assert_eq!(message.body_offset() as usize + message.body().len(), length);
                }
                rest = next;
            }
            Frame::KeepAlive(length) => {
                assert!(length > 0 && length <= rest.len());
                rest = &rest[length..];
            }
            _ => return,
        }
    }
});
