//! A panic behind four bytes, one in 2^32 inputs: a run that is guided finds it in a moment, and fails. It must.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // One byte after the other: each is a branch of its own.
    let planted = [0x53, 0x4f, 0xb7, 0x54];
    if bytes.len() >= planted.len() && bytes.iter().zip(planted).all(|(&byte, planted)| byte == planted) {
        panic!("the planted panic");
    }
});
