//! `cargo xtask fuzz forwarded_for`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_targets::forwarded_for(data));
