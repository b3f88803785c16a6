//! Headers of safetensors files: refused, or tensors that cover the rest of the file without gap or overlap.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sotto_pack::checkpoint::safetensors::parse_header;

fuzz_target!(|input: (u16, &str)| {
    let (data, header) = input;
    let Ok(entries) = parse_header(header.as_bytes(), data.into()) else { return };
    let mut covered: Vec<_> = entries.values().map(|entry| (entry.offset, entry.length)).collect();
    covered.sort_unstable();
    let end = covered.iter().fold(8 + header.len() as u64, |end, &(offset, length)| {
        assert_eq!(offset, end);
        end + length
    });
    assert_eq!(end, 8 + header.len() as u64 + u64::from(data));
});
