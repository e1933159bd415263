//! Any bytes: indexing, every view, validation and writing end without a panic; what is indexed lies
//! within the bytes.
#![no_main]

use bytes::Bytes;
use kemist_sip::Message;
use kemist_sip::message::{Edits, build, sdp, validation};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(message) = Message::parse(Bytes::copy_from_slice(data)) else { return };
    for header in message.headers() {
        assert!(header.start() <= header.value_start() && header.value_start() <= header.end());
        assert!(header.end() as usize <= message.len());
    }
    assert!(message.body_offset() as usize + message.body().len() <= message.len());
    let _ = (message.call_id(), message.cseq(), message.from(), message.to(), message.via());
    let _ = (message.max_forwards(), message.expires(), message.content_length());
    message.vias().for_each(drop);
    message.contacts().for_each(drop);
    sdp::addresses(message.body()).for_each(drop);
    sdp::media(message.body()).for_each(drop);
    let _ = validation::minimum(&message);
    let mut out = Vec::new();
    build::received(&message, ([192, 0, 2, 1], 5060).into(), true, &mut Edits::default());
    if message.is_reply() {
        build::forward_reply(&message, &[], &mut out);
    }
});
