//! A file of concatenated, aligned stretches of bytes, hashed while it is written.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use crate::onnx::graph::Blob;

/// Writes blobs to `W`, each at a multiple of the alignment.
#[derive(Debug)]
pub struct BlobWriter<W> {
    out: W,
    alignment: u64,
    position: u64,
    hash: Sha256,
}

impl<W: Write> BlobWriter<W> {
    /// A writer at the beginning of `out`.
    pub fn new(out: W, alignment: u64) -> Self {
        BlobWriter { out, alignment, position: 0, hash: Sha256::new() }
    }

    /// Appends a blob.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<Blob> {
        let gap = self.position.next_multiple_of(self.alignment) - self.position;
        self.put(&vec![0; gap as usize])?;
        let offset = self.position;
        self.put(bytes)?;
        Ok(Blob { offset, length: bytes.len() as u64 })
    }

    /// The writer below, the number of bytes and their SHA-256 in hexadecimal.
    pub fn finish(self) -> (W, u64, String) {
        (self.out, self.position, hex(&self.hash.finalize()))
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.hash.update(bytes);
        self.position += bytes.len() as u64;
        Ok(())
    }
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_are_aligned_and_hashed() {
        let mut blobs = BlobWriter::new(Vec::new(), 8);
        assert_eq!(blobs.append(b"abc").unwrap(), Blob { offset: 0, length: 3 });
        assert_eq!(blobs.append(b"").unwrap(), Blob { offset: 8, length: 0 });
        assert_eq!(blobs.append(b"d").unwrap(), Blob { offset: 8, length: 1 });
        let (bytes, length, hash) = blobs.finish();
        assert_eq!(bytes, b"abc\0\0\0\0\0d");
        assert_eq!(length, 9);
        assert_eq!(hash, sha256(&bytes));
    }
}
