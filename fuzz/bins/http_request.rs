//! `cargo xtask fuzz http_request`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_targets::http_request(data));
