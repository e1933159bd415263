#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kemist_sip_fuzz::properties::edit(data));
