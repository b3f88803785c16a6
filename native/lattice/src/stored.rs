//! Matrices in files: the table for one row in a ciphertext, written once and mapped instead of computed again.
//!
//! `FORMATS.md` has the format. Opening a file gives the matrix that encoding the weights would give, or an error:
//!
//! - Facts are computed from the weights, as for an encoding; the file has no say in them.
//! - The head names scheme, shape, t and the BLAKE3 hash of the weights. All of it is computed anew and compared.
//! - A BLAKE3 hash over head and table is compared with the one that was written. So the table is the one that this module
//!   wrote for these weights, unless somebody made a file with a hash of its own: files must lie where nobody can write but
//!   who runs the server, and must not be changed while a matrix is in use. (Who runs the server can have any product
//!   computed in any case; clients verify products.)
//! - The code that wrote the file may have had another order of words in mind, and a version number is forgotten easily.
//!   So one plaintext of every block and ciphertext is computed from the weights and compared. Which one depends on the
//!   weights' hash.
//!
//! BLAKE3 rather than SHA-256, because a table has eleven bytes for each weight: without instructions for it, SHA-256 takes
//! longer than the rest of the opening.

use crate::buffer::Mapped;
use crate::format::SCHEME_RLWE;
use crate::matrix::{self, Matrix};
use crate::{MatrixInfo, OpenError, Shape};
use blake3::{Hash, Hasher};
use std::fs::File;
use std::io::{self, Read, Write};

const MAGIC: [u8; 4] = *b"SLTB";
const VERSION: u8 = 2;

/// Bytes before the hash of head and table.
const FIELDS: usize = 96;
/// Bytes before the table: whole cache lines.
const HEAD: usize = FIELDS + blake3::OUT_LEN;

/// Bytes of the file of the matrix with these facts.
pub(crate) fn len(info: &MatrixInfo) -> usize {
    HEAD + matrix::row_bytes(info)
}

/// The head, without its hash.
fn fields(info: &MatrixInfo, weights: &Hash) -> [u8; FIELDS] {
    let mut fields = [0; FIELDS];
    let content = [
        &MAGIC[..],
        &[VERSION, SCHEME_RLWE, 0, 0],
        &info.inputs.to_le_bytes(),
        &info.outputs.to_le_bytes(),
        &info.t.to_le_bytes(),
        &[0; 4],
        &(matrix::row_bytes(info) as u64).to_le_bytes(),
        weights.as_bytes(),
    ];
    for (to, from) in fields.iter_mut().zip(content.into_iter().flatten()) {
        *to = *from;
    }
    fields
}

/// The hash of weights (row-major, `[outputs][inputs]`).
fn hash_of(weights: &[i8]) -> Hash {
    let mut hasher = Hasher::new();
    for piece in weights.chunks(1 << 16) {
        let bytes: Vec<u8> = piece.iter().map(|&weight| weight as u8).collect();
        hasher.update(&bytes);
    }
    hasher.finalize()
}

/// Writes a matrix's file.
pub(crate) fn write(matrix: &Matrix, to: &mut dyn Write) -> io::Result<()> {
    let fields = fields(&matrix.info, &hash_of(&matrix.weights));
    let mut hasher = Hasher::new();
    hasher.update(&fields);
    matrix.row.write(&mut hasher)?;
    to.write_all(&fields)?;
    to.write_all(hasher.finalize().as_bytes())?;
    matrix.row.write(to)
}

/// The matrix of these facts and weights, with the table in `file`, which must not be changed while the matrix lives.
pub(crate) fn open(
    info: MatrixInfo,
    shape: Shape,
    weights: &[i8],
    mut file: &File,
) -> Result<Matrix, OpenError> {
    let weights_hash = hash_of(weights);
    let expected = fields(&info, &weights_hash);
    let (bytes, found) = (len(&info), file.metadata()?.len());
    let mut head = [0; FIELDS];
    file.read_exact(&mut head)?;
    if head.first_chunk() != expected.first_chunk::<6>() {
        return Err(OpenError::Version);
    }
    if head != expected {
        return Err(OpenError::Other);
    }
    if found != bytes as u64 {
        return Err(OpenError::Length { expected: bytes as u64, found });
    }
    let words = Mapped::open(file, bytes, HEAD)?;
    let mut hasher = Hasher::new();
    let (head, table) = words.bytes().split_at_checked(HEAD).ok_or(OpenError::Hash)?;
    let (fields, hash) = head.split_at_checked(FIELDS).ok_or(OpenError::Hash)?;
    hasher.update(fields).update_rayon(table);
    if hasher.finalize().as_slice() != hash {
        return Err(OpenError::Hash);
    }
    Matrix::with_stored(info, shape, weights, words, weights_hash.as_bytes()).ok_or(OpenError::Table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::assess;
    use crate::test_random::weights;
    use crate::{Rlwe, Scheme};
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    /// Two ciphertexts of inputs, and blocks of two sizes.
    const SHAPE: Shape = Shape { inputs: 1030, outputs: 1300 };

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        file
    }

    fn stored(matrix: &Matrix) -> Vec<u8> {
        let mut bytes = Vec::new();
        Rlwe::store_matrix(matrix, &mut bytes).unwrap();
        assert_eq!(bytes.len(), Rlwe::stored_len(&matrix.info));
        bytes
    }

    fn open(weights: &[i8], bytes: &[u8]) -> Result<Matrix, OpenError> {
        Rlwe::open_matrix("m", SHAPE, weights, &file_of(bytes))
    }

    #[test]
    fn an_opened_matrix_is_the_encoded_one() {
        let weights = weights(1, SHAPE.inputs * SHAPE.outputs);
        let encoded = Rlwe::encode_matrix("m", SHAPE, &weights).unwrap();
        let opened = open(&weights, &stored(&encoded)).unwrap();
        assert_eq!(opened.info, encoded.info);
        assert_eq!(Rlwe::matrix_memory(&opened), Rlwe::matrix_memory(&encoded));
        assert!(opened.row.blocks.len() > 1 && opened.row.ciphertexts > 1);
        let key = Rlwe::secret_key(&[1; 32]);
        let keys = Rlwe::parse_evaluation_keys(&Rlwe::evaluation_keys(&key)).unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        for rows in [1, 16] {
            let x = vec![-77; rows * SHAPE.inputs];
            let request = Rlwe::encrypt(&key, &encoded.info, &x, rows, rows as u64, &mut rng).unwrap();
            let product = |matrix| Rlwe::multiply(&keys, matrix, &request).unwrap();
            assert!(product(&opened) == product(&encoded));
        }
    }

    #[test]
    fn what_is_not_as_it_was_written_is_refused() {
        let weights = weights(1, SHAPE.inputs * SHAPE.outputs);
        let bytes = stored(&Rlwe::encode_matrix("m", SHAPE, &weights).unwrap());
        let changed = |at: usize| {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            open(&weights, &bytes).err().unwrap()
        };
        for at in [0, 4, 5] {
            assert!(matches!(changed(at), OpenError::Version), "{at}");
        }
        for at in [6, 8, 12, 16, 20, 24, 32, 63, 95] {
            assert!(matches!(changed(at), OpenError::Other), "{at}");
        }
        for at in [FIELDS, HEAD - 1, HEAD, bytes.len() / 2, bytes.len() - 1] {
            assert!(matches!(changed(at), OpenError::Hash), "{at}");
        }
        for len in [0, FIELDS - 1] {
            assert!(matches!(open(&weights, &bytes[..len]), Err(OpenError::Read(_))), "{len}");
        }
        for found in [FIELDS as u64, HEAD as u64, bytes.len() as u64 - 1, bytes.len() as u64 + 1] {
            let mut other = bytes.clone();
            other.resize(found as usize, 0);
            let refused = open(&weights, &other).err().unwrap();
            assert!(matches!(refused, OpenError::Length { found: f, .. } if f == found), "{refused}");
        }
        let mut other = weights.clone();
        other[77] ^= 1;
        assert!(matches!(open(&other, &bytes), Err(OpenError::Other)));
        let error = Rlwe::open_matrix("m", SHAPE, &weights[1..], &file_of(&bytes)).err().unwrap();
        assert!(matches!(error, OpenError::Matrix(_)));
    }

    #[test]
    fn a_table_in_another_order_or_of_other_weights_is_refused() {
        let weights = weights(1, SHAPE.inputs * SHAPE.outputs);
        let encoded = Rlwe::encode_matrix("m", SHAPE, &weights).unwrap();
        let bytes = stored(&encoded);
        let forged = |weights: &[i8], change: &dyn Fn(&mut [u8])| {
            let mut bytes = bytes.clone();
            let info = assess("m", SHAPE, weights).unwrap();
            bytes[..FIELDS].copy_from_slice(&fields(&info, &hash_of(weights)));
            change(&mut bytes[HEAD..]);
            let mut hasher = Hasher::new();
            hasher.update(&bytes[..FIELDS]).update(&bytes[HEAD..]);
            bytes[FIELDS..HEAD].copy_from_slice(hasher.finalize().as_bytes());
            open(weights, &bytes)
        };
        assert!(forged(&weights, &|_| {}).is_ok());
        let refused = forged(&weights, &|table| table.rotate_left(64));
        assert!(matches!(refused, Err(OpenError::Table)));
        // A plaintext holds all weights of its block and ciphertext, so that any sample has each of them.
        let mut other = weights.clone();
        other[77] ^= 1;
        assert_eq!(assess("m", SHAPE, &other).unwrap().t, encoded.info.t);
        assert!(matches!(forged(&other, &|_| {}), Err(OpenError::Table)));
    }
}
