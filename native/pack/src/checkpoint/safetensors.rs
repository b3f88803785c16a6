//! The header of a safetensors file: <https://huggingface.co/docs/safetensors>.
//!
//! A file is an 8-byte little-endian header length, a JSON header, and the tensors' bytes, which the header
//! covers without a gap. Everything is checked before a byte of a tensor is read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use thiserror::Error;

/// Longest header that is read, as in the reference implementation.
const LONGEST_HEADER: u64 = 100_000_000;

/// Type of a stored tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary16.
    F16,
    /// The upper half of a binary32.
    BF16,
    /// Signed 8-bit integers, with a tensor of scales beside them.
    I8,
}

impl Dtype {
    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Dtype::F32 => 4,
            Dtype::F16 | Dtype::BF16 => 2,
            Dtype::I8 => 1,
        }
    }
}

/// One tensor of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Type of the elements, by the file's own name for it.
    pub dtype: String,
    /// Size in each dimension.
    pub shape: Vec<usize>,
    /// First byte in the file.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

impl Entry {
    /// The element type, if it is one that packs are made from.
    pub fn known_dtype(&self) -> Option<Dtype> {
        match self.dtype.as_str() {
            "F32" => Some(Dtype::F32),
            "F16" => Some(Dtype::F16),
            "BF16" => Some(Dtype::BF16),
            "I8" => Some(Dtype::I8),
            _ => None,
        }
    }
}

/// What is wrong with a safetensors file.
#[derive(Debug, Error)]
pub enum HeaderError {
    /// The file could not be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// The file ends before its header does.
    #[error("the file has {0} bytes, fewer than its header")]
    Short(u64),
    /// The header is longer than any that is sensible.
    #[error("the header would be {0} bytes long, over the limit of {LONGEST_HEADER}")]
    Long(u64),
    /// The header is not JSON of the right form.
    #[error("the header is not valid: {0}")]
    Json(#[from] serde_json::Error),
    /// A tensor's bytes do not fit its shape.
    #[error("tensor {name}: {found} bytes instead of the {expected} of its shape")]
    Length {
        /// The tensor.
        name: String,
        /// Bytes of the shape.
        expected: u64,
        /// Bytes that the header gives it.
        found: u64,
    },
    /// A tensor's shape or offsets are beyond any file.
    #[error("tensor {0}: shape or offsets are out of range")]
    Range(String),
    /// The tensors do not cover the file without gap or overlap.
    #[error("tensor {name} begins at {found}, not at {expected} where the one before it ends")]
    Gap {
        /// The tensor.
        name: String,
        /// Offset expected, after the header.
        expected: u64,
        /// Offset found, after the header.
        found: u64,
    },
    /// The file is longer or shorter than its header says.
    #[error("{found} bytes of tensors instead of the header's {expected}")]
    Size {
        /// Bytes that the header describes.
        expected: u64,
        /// Bytes after the header.
        found: u64,
    },
}

#[derive(Deserialize)]
struct RawEntry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

/// Reads and checks the header of the file at `path`.
pub fn read_header(path: &Path) -> Result<BTreeMap<String, Entry>, HeaderError> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut length = [0; 8];
    if size < 8 {
        return Err(HeaderError::Short(size));
    }
    file.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST_HEADER {
        return Err(HeaderError::Long(length));
    }
    if size - 8 < length {
        return Err(HeaderError::Short(size));
    }
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header)?;
    parse_header(&header, size - 8 - length)
}

/// Parses a header that is followed by `data` bytes.
pub fn parse_header(header: &[u8], data: u64) -> Result<BTreeMap<String, Entry>, HeaderError> {
    let mut json: BTreeMap<String, serde_json::Value> = serde_json::from_slice(header)?;
    json.remove("__metadata__");
    let base = 8 + header.len() as u64;
    let mut entries = BTreeMap::new();
    for (name, value) in json {
        let raw: RawEntry = serde_json::from_value(value)?;
        let entry = check_entry(&name, raw, base)?;
        entries.insert(name, entry);
    }
    let mut in_order: Vec<_> = entries.iter().collect();
    in_order.sort_by_key(|(_, entry)| (entry.offset, entry.length));
    let mut end = 0;
    for (name, entry) in in_order {
        let begin = entry.offset - base;
        if begin != end {
            return Err(HeaderError::Gap { name: name.clone(), expected: end, found: begin });
        }
        end += entry.length;
    }
    if end != data {
        return Err(HeaderError::Size { expected: end, found: data });
    }
    Ok(entries)
}

fn check_entry(name: &str, raw: RawEntry, base: u64) -> Result<Entry, HeaderError> {
    let out_of_range = || HeaderError::Range(name.to_owned());
    let [begin, end] = raw.data_offsets;
    let length = end.checked_sub(begin).ok_or_else(out_of_range)?;
    let offset = base.checked_add(begin).ok_or_else(out_of_range)?;
    offset.checked_add(length).ok_or_else(out_of_range)?;
    let shape: Vec<usize> = raw
        .shape
        .iter()
        .map(|&size| usize::try_from(size).map_err(|_| out_of_range()))
        .collect::<Result<_, _>>()?;
    let elements = raw
        .shape
        .iter()
        .try_fold(1, |product: u64, &size| product.checked_mul(size))
        .ok_or_else(out_of_range)?;
    let entry = Entry { dtype: raw.dtype, shape, offset, length };
    if let Some(dtype) = entry.known_dtype() {
        let expected = elements.checked_mul(dtype.size() as u64).ok_or_else(out_of_range)?;
        if expected != length {
            return Err(HeaderError::Length { name: name.to_owned(), expected, found: length });
        }
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(header: &str, data: u64) -> Result<BTreeMap<String, Entry>, String> {
        parse_header(header.as_bytes(), data).map_err(|error| error.to_string())
    }

    #[test]
    fn a_header_is_read() {
        let header = r#"{"__metadata__":{"format":"pt"},
            "b":{"dtype":"F16","shape":[3],"data_offsets":[8,14]},
            "a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},
            "none":{"dtype":"F32","shape":[0,2],"data_offsets":[8,8]}}"#;
        let entries = parse(header, 14).unwrap();
        let base = 8 + header.len() as u64;
        assert_eq!(entries["b"], Entry { dtype: "F16".into(), shape: vec![3], offset: base + 8, length: 6 });
        assert_eq!(entries["a"].known_dtype(), Some(Dtype::F32));
    }

    #[test]
    fn wrong_headers_are_refused() {
        let one = |offsets: &str, shape: &str| {
            format!(r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#)
        };
        let cases = [
            (one("[0,8]", "[2]"), 9, "9 bytes of tensors instead of the header's 8"),
            (one("[0,8]", "[2]"), 4, "4 bytes of tensors instead of the header's 8"),
            (one("[0,8]", "[3]"), 8, "tensor a: 8 bytes instead of the 12 of its shape"),
            (one("[8,0]", "[2]"), 8, "tensor a: shape or offsets are out of range"),
            (one("[4,12]", "[2]"), 12, "tensor a begins at 4, not at 0"),
            (one("[0,8]", "[4294967296,4294967296,2]"), 8, "tensor a: shape or offsets are out of range"),
            (one("[0,18446744073709551615]", "[2]"), 8, "tensor a: shape or offsets are out of range"),
            ("{".into(), 0, "the header is not valid"),
            (r#"{"a":3}"#.into(), 0, "the header is not valid"),
            (
                r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#.into(),
                4,
                "the header is not valid",
            ),
        ];
        for (header, data, message) in cases {
            let found = parse(&header, data).unwrap_err();
            assert!(found.starts_with(message), "{header}: {found}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), data: u64) {
            let _ = parse_header(&bytes, data);
        }
    }
}
