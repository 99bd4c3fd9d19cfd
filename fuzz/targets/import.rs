//! libFuzzer's way into [`mindkeep_fuzz::import`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mindkeep_fuzz::import(data));
