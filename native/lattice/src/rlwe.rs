//! The scheme with encryption.

use crate::bounds;
use crate::decrypt;
use crate::encrypt::encrypt_rows;
use crate::format::{self, Kind, REQUEST_HEAD, RequestHead, SCHEME_RLWE};
use crate::keys::{self, EvaluationKeys, SecretKey};
use crate::layout::Layout;
use crate::matrix::{self, Matrix};
use crate::params::{N, P1, P2, Q, SIGMA};
use crate::prepared::{self, Prepared};
use crate::product;
use crate::stored;
use crate::{
    EncryptError, FormatError, MatrixError, MatrixInfo, MultiplyError, OpenError, RequestKind, Scheme,
    SchemeInfo, Shape,
};
use rand_core::CryptoRng;
use std::fs::File;
use std::io::{self, Write};

/// Ring learning with errors: BFV ciphertexts of coefficients, and products through traces of subrings.
pub struct Rlwe;

impl Rlwe {
    /// Whether requests of `rows` rows for the matrix of `info` are of packed rows, those that
    /// [`Scheme::hold_for_many_rows`] is for.
    pub fn packs_rows(info: &MatrixInfo, rows: usize) -> bool {
        bounds::check_info(info).is_ok() && Layout::of(info, rows) == Layout::Packed
    }

    /// Bytes that [`Scheme::hold_for_many_rows`] takes for the matrix of `info`; 0 where it has nothing to keep.
    pub fn many_rows_bytes(info: &MatrixInfo) -> usize {
        if bounds::check_info(info).is_err() {
            return 0;
        }
        matrix::packed_bytes(info)
    }
}

impl Scheme for Rlwe {
    type SecretKey = SecretKey;
    type EvaluationKeys = EvaluationKeys;
    type Matrix = Matrix;
    type Prepared = Prepared;

    fn info() -> SchemeInfo {
        let log2_q = (Q as f64).log2();
        SchemeInfo {
            name: "rlwe-4096",
            n: N as u32,
            log2_q,
            log2_qp: log2_q + f64::from(P1).log2() + f64::from(P2).log2(),
            error_sigma: SIGMA,
        }
    }

    fn secret_key(seed: &[u8; 32]) -> SecretKey {
        SecretKey::new(seed)
    }

    fn evaluation_keys(key: &SecretKey) -> Vec<u8> {
        keys::serialize(key)
    }

    fn parse_evaluation_keys(bytes: &[u8]) -> Result<EvaluationKeys, FormatError> {
        EvaluationKeys::parse(bytes)
    }

    fn evaluation_keys_memory(keys: &EvaluationKeys) -> usize {
        keys.memory()
    }

    fn assess(name: &str, shape: Shape, weights: &[i8]) -> Result<MatrixInfo, MatrixError> {
        bounds::assess(name, shape, weights)
    }

    fn encode_matrix(name: &str, shape: Shape, weights: &[i8]) -> Result<Matrix, MatrixError> {
        Ok(Matrix::encode(bounds::assess(name, shape, weights)?, shape, weights))
    }

    fn hold_for_many_rows(matrix: &Matrix, budget: usize) -> usize {
        matrix.hold_packed(budget)
    }

    fn stored_len(info: &MatrixInfo) -> usize {
        if bounds::check_info(info).is_err() {
            return 0;
        }
        stored::len(info)
    }

    fn store_matrix(matrix: &Matrix, to: &mut dyn Write) -> io::Result<()> {
        stored::write(matrix, to)
    }

    fn open_matrix(name: &str, shape: Shape, weights: &[i8], file: &File) -> Result<Matrix, OpenError> {
        stored::open(bounds::assess(name, shape, weights)?, shape, weights, file)
    }

    fn matrix_info(matrix: &Matrix) -> &MatrixInfo {
        &matrix.info
    }

    fn matrix_memory(matrix: &Matrix) -> usize {
        matrix.memory()
    }

    fn encrypt(
        key: &SecretKey,
        info: &MatrixInfo,
        rows: &[i8],
        count: usize,
        counter: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, EncryptError> {
        bounds::check_info(info).map_err(EncryptError::Matrix)?;
        bounds::check_rows(info, rows, count, Self::MAX_ROWS)?;
        let head = RequestHead::new(SCHEME_RLWE, info, count, counter, rng);
        let mut request = Vec::with_capacity(Self::request_len(info, RequestKind::Whole, count));
        request.extend(head.write(Kind::Request, SCHEME_RLWE));
        encrypt_rows(key, info, &head, rows, rng, &mut request);
        Ok(request)
    }

    fn multiply(keys: &EvaluationKeys, matrix: &Matrix, request: &[u8]) -> Result<Vec<u8>, MultiplyError> {
        Ok(product::multiply(keys, matrix, request, Self::MAX_ROWS)?)
    }

    fn decrypt(
        key: &SecretKey,
        info: &MatrixInfo,
        response: &[u8],
        count: usize,
    ) -> Result<Vec<i32>, FormatError> {
        bounds::check_info(info).map_err(FormatError::Matrix)?;
        decrypt::decrypt(key, info, response, count, Self::MAX_ROWS)
    }

    fn prepare(
        info: &MatrixInfo,
        count: usize,
        counter: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, EncryptError> {
        prepared::preparation(SCHEME_RLWE, info, count, Self::MAX_ROWS, counter, rng)
    }

    fn prepared(
        key: &SecretKey,
        info: &MatrixInfo,
        preparation: &[u8],
        response: &[u8],
    ) -> Result<Prepared, FormatError> {
        bounds::check_info(info).map_err(FormatError::Matrix)?;
        Prepared::new(key, info, preparation, response, Self::MAX_ROWS)
    }

    fn prepared_rows(prepared: &Prepared) -> usize {
        prepared.count()
    }

    fn take_prepared(prepared: &mut Prepared, count: usize) -> Option<Prepared> {
        prepared.take(count)
    }

    fn encrypt_prepared(
        prepared: &mut Prepared,
        rows: &[i8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, EncryptError> {
        prepared.encrypt(rows, Self::MAX_ROWS, rng)
    }

    fn multiply_online(matrix: &Matrix, request: &[u8]) -> Result<Vec<u8>, MultiplyError> {
        Ok(prepared::multiply_online(matrix, request, Self::MAX_ROWS)?)
    }

    fn decrypt_prepared(prepared: &Prepared, response: &[u8]) -> Result<Vec<i32>, FormatError> {
        prepared.decrypt(response, Self::MAX_ROWS)
    }

    fn asked(message: &[u8]) -> Option<(RequestKind, u32)> {
        format::asked(message)
    }

    fn request_len(info: &MatrixInfo, kind: RequestKind, count: usize) -> usize {
        if bounds::check_info(info).is_err() {
            return 0;
        }
        match kind {
            RequestKind::Whole => product::request_len(info.inputs as usize, count),
            RequestKind::Preparation => REQUEST_HEAD,
            RequestKind::Online => prepared::online_request_len(info, count),
        }
    }

    fn response_len(info: &MatrixInfo, kind: RequestKind, count: usize) -> usize {
        if bounds::check_info(info).is_err() {
            return 0;
        }
        match kind {
            RequestKind::Whole | RequestKind::Preparation => decrypt::response_len(info, count),
            RequestKind::Online => prepared::online_response_len(info, count),
        }
    }
}
