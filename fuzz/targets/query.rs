//! libFuzzer's way into [`mindkeep_fuzz::query`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mindkeep_fuzz::query(data));
