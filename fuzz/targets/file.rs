//! libFuzzer's way into [`mindkeep_fuzz::file`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mindkeep_fuzz::file(data));
