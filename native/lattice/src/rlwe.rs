//! The scheme with encryption.

use crate::{EncryptError, FormatError, MatrixError, MatrixInfo, MultiplyError, Scheme, SchemeInfo, Shape};
use rand_core::CryptoRng;

/// Ring learning with errors. **Not implemented in this commit.**
pub struct Rlwe;

impl Scheme for Rlwe {
    type SecretKey = ();
    type EvaluationKeys = ();
    type Matrix = MatrixInfo;

    fn info() -> SchemeInfo {
        unimplemented!()
    }
    fn secret_key(_: &[u8; 32]) -> Self::SecretKey {
        unimplemented!()
    }
    fn evaluation_keys(_: &Self::SecretKey) -> Vec<u8> {
        unimplemented!()
    }
    fn parse_evaluation_keys(_: &[u8]) -> Result<Self::EvaluationKeys, FormatError> {
        unimplemented!()
    }
    fn evaluation_keys_memory(_: &Self::EvaluationKeys) -> usize {
        unimplemented!()
    }
    fn assess(_: &str, _: Shape, _: &[i8]) -> Result<MatrixInfo, MatrixError> {
        unimplemented!()
    }
    fn encode_matrix(_: &str, _: Shape, _: &[i8]) -> Result<Self::Matrix, MatrixError> {
        unimplemented!()
    }
    fn matrix_info(matrix: &Self::Matrix) -> &MatrixInfo {
        matrix
    }
    fn encrypt(
        _: &Self::SecretKey,
        _: &MatrixInfo,
        _: &[i8],
        _: usize,
        _: u64,
        _: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, EncryptError> {
        unimplemented!()
    }
    fn multiply(_: &Self::EvaluationKeys, _: &Self::Matrix, _: &[u8]) -> Result<Vec<u8>, MultiplyError> {
        unimplemented!()
    }
    fn decrypt(_: &Self::SecretKey, _: &MatrixInfo, _: &[u8], _: usize) -> Result<Vec<i32>, FormatError> {
        unimplemented!()
    }
    fn request_len(_: &MatrixInfo, _: usize) -> usize {
        unimplemented!()
    }
    fn response_len(_: &MatrixInfo, _: usize) -> usize {
        unimplemented!()
    }
}
