//! A scheme without encryption behind the same interface, for fast tests of protocols.

use crate::bounds;
use crate::format::{self, Kind, OnlineHead, RequestHead, ResponseHead, SCHEME_PLAINTEXT};
use crate::layout::Layout;
use crate::prepared;
use crate::{
    EncryptError, FormatError, MatrixError, MatrixInfo, MultiplyError, OpenError, RequestKind, Scheme,
    SchemeInfo, Shape,
};
use rand_core::CryptoRng;
use std::fs::File;
use std::io::{self, Write};

/// Sends rows and products **in clear**. Same interface as [`crate::Rlwe`]; nobody's data may pass through it.
pub struct InsecurePlaintext;

/// The weights of a matrix, in clear in both schemes.
pub struct PlainMatrix {
    info: MatrixInfo,
    weights: Vec<i8>,
}

/// Prepared rows of a scheme that has nothing to prepare.
pub struct PlainPrepared {
    info: MatrixInfo,
    count: usize,
    used: bool,
}

const KEYS_LEN: usize = format::KEYS_HEAD + 32;

impl Scheme for InsecurePlaintext {
    type SecretKey = [u8; 32];
    type EvaluationKeys = [u8; 32];
    type Matrix = PlainMatrix;
    type Prepared = PlainPrepared;

    fn info() -> SchemeInfo {
        SchemeInfo { name: "insecure-plaintext", n: 1, log2_q: 0.0, log2_qp: 0.0, error_sigma: 0.0 }
    }

    fn secret_key(seed: &[u8; 32]) -> Self::SecretKey {
        *seed
    }

    fn evaluation_keys(_key: &Self::SecretKey) -> Vec<u8> {
        let mut bytes = format::keys_head(SCHEME_PLAINTEXT);
        bytes.resize(KEYS_LEN, 0);
        bytes
    }

    fn parse_evaluation_keys(bytes: &[u8]) -> Result<Self::EvaluationKeys, FormatError> {
        let body = format::parse_keys_head(bytes, SCHEME_PLAINTEXT, KEYS_LEN)?;
        body.try_into().map_err(|_| FormatError::Length {
            what: Kind::Keys.name(),
            expected: KEYS_LEN,
            found: bytes.len(),
        })
    }

    fn evaluation_keys_memory(keys: &Self::EvaluationKeys) -> usize {
        keys.len()
    }

    fn assess(name: &str, shape: Shape, weights: &[i8]) -> Result<MatrixInfo, MatrixError> {
        let range = bounds::range(name, shape, weights)?;
        Ok(MatrixInfo {
            inputs: shape.inputs as u32,
            outputs: shape.outputs as u32,
            t: range.t,
            range_bound: range.bound,
            noise_log2: 0.0,
            failure_log2: -1024.0,
        })
    }

    fn encode_matrix(name: &str, shape: Shape, weights: &[i8]) -> Result<Self::Matrix, MatrixError> {
        Ok(PlainMatrix { info: Self::assess(name, shape, weights)?, weights: weights.to_vec() })
    }

    fn hold_for_many_rows(_matrix: &Self::Matrix, _budget: usize) -> usize {
        0
    }

    fn stored_len(_info: &MatrixInfo) -> usize {
        0
    }

    fn store_matrix(_matrix: &Self::Matrix, _to: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn open_matrix(
        name: &str,
        shape: Shape,
        weights: &[i8],
        _file: &File,
    ) -> Result<Self::Matrix, OpenError> {
        Ok(Self::encode_matrix(name, shape, weights)?)
    }

    fn matrix_info(matrix: &Self::Matrix) -> &MatrixInfo {
        &matrix.info
    }

    fn matrix_memory(matrix: &Self::Matrix) -> usize {
        matrix.weights.len()
    }

    fn encrypt(
        _key: &Self::SecretKey,
        info: &MatrixInfo,
        rows: &[i8],
        count: usize,
        counter: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, EncryptError> {
        bounds::check_info(info).map_err(EncryptError::Matrix)?;
        bounds::check_rows(info, rows, count, Self::MAX_ROWS)?;
        let head = RequestHead::new(SCHEME_PLAINTEXT, info, count, counter, rng);
        let mut bytes = head.write(Kind::Request, SCHEME_PLAINTEXT);
        bytes.extend(rows.iter().map(|&x| x as u8));
        Ok(bytes)
    }

    fn multiply(
        _keys: &Self::EvaluationKeys,
        matrix: &Self::Matrix,
        request: &[u8],
    ) -> Result<Vec<u8>, MultiplyError> {
        let info = &matrix.info;
        let kind = match Self::asked(request) {
            Some((RequestKind::Preparation, _)) => RequestKind::Preparation,
            _ => RequestKind::Whole,
        };
        let (head, body) = RequestHead::parse(request, kind.into(), SCHEME_PLAINTEXT, info, Self::MAX_ROWS)?;
        let rows = head.rows as usize;
        format::check_len(kind.into(), request, Self::request_len(info, kind, rows))?;
        let mut bytes = ResponseHead::to(&head, info).write(SCHEME_PLAINTEXT);
        match kind {
            RequestKind::Preparation => bytes.resize(Self::response_len(info, kind, rows), 0),
            _ => matrix.multiply(body, &mut bytes),
        }
        Ok(bytes)
    }

    fn decrypt(
        _key: &Self::SecretKey,
        info: &MatrixInfo,
        response: &[u8],
        count: usize,
    ) -> Result<Vec<i32>, FormatError> {
        bounds::check_info(info).map_err(FormatError::Matrix)?;
        let (_, body) = ResponseHead::parse(response, SCHEME_PLAINTEXT, info, count, Self::MAX_ROWS)?;
        format::check_len(Kind::Response, response, Self::response_len(info, RequestKind::Whole, count))?;
        Ok(products(body))
    }

    fn prepare(
        info: &MatrixInfo,
        count: usize,
        counter: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, EncryptError> {
        prepared::preparation(SCHEME_PLAINTEXT, info, count, Self::MAX_ROWS, counter, rng)
    }

    fn prepared(
        _key: &Self::SecretKey,
        info: &MatrixInfo,
        preparation: &[u8],
        response: &[u8],
    ) -> Result<PlainPrepared, FormatError> {
        bounds::check_info(info).map_err(FormatError::Matrix)?;
        let (head, _) =
            RequestHead::parse(preparation, Kind::Preparation, SCHEME_PLAINTEXT, info, Self::MAX_ROWS)?;
        let count = head.rows as usize;
        ResponseHead::parse(response, SCHEME_PLAINTEXT, info, count, Self::MAX_ROWS)?;
        let expected = Self::response_len(info, RequestKind::Preparation, count);
        format::check_len(Kind::Response, response, expected)?;
        Ok(PlainPrepared { info: info.clone(), count, used: false })
    }

    fn prepared_rows(prepared: &PlainPrepared) -> usize {
        prepared.count
    }

    fn take_prepared(prepared: &mut PlainPrepared, count: usize) -> Option<PlainPrepared> {
        prepared.count = prepared.count.checked_sub(count)?;
        Some(PlainPrepared { info: prepared.info.clone(), count, used: prepared.used })
    }

    fn encrypt_prepared(
        prepared: &mut PlainPrepared,
        rows: &[i8],
        _rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, EncryptError> {
        let (info, count) = (&prepared.info, prepared.count);
        bounds::check_rows(info, rows, count, Self::MAX_ROWS)?;
        if std::mem::replace(&mut prepared.used, true) {
            return Err(EncryptError::Used);
        }
        let head = OnlineHead { layout: Layout::Row, rows: count as u32 };
        let mut bytes = head.write(Kind::OnlineRequest, SCHEME_PLAINTEXT, info);
        bytes.extend(rows.iter().map(|&x| x as u8));
        Ok(bytes)
    }

    fn multiply_online(matrix: &Self::Matrix, request: &[u8]) -> Result<Vec<u8>, MultiplyError> {
        let (info, kind) = (&matrix.info, Kind::OnlineRequest);
        let (head, body) = OnlineHead::parse(request, kind, SCHEME_PLAINTEXT, info, Self::MAX_ROWS)?;
        let expected = Self::request_len(info, RequestKind::Online, head.rows as usize);
        format::check_len(kind, request, expected)?;
        let mut bytes = head.write(Kind::OnlineResponse, SCHEME_PLAINTEXT, info);
        matrix.multiply(body, &mut bytes);
        Ok(bytes)
    }

    fn decrypt_prepared(prepared: &PlainPrepared, response: &[u8]) -> Result<Vec<i32>, FormatError> {
        let (info, kind) = (&prepared.info, Kind::OnlineResponse);
        let (_, body) = OnlineHead::parse(response, kind, SCHEME_PLAINTEXT, info, Self::MAX_ROWS)?;
        format::check_len(kind, response, Self::response_len(info, RequestKind::Online, prepared.count))?;
        Ok(products(body))
    }

    fn asked(message: &[u8]) -> Option<(RequestKind, u32)> {
        format::asked(message)
    }

    fn request_len(info: &MatrixInfo, kind: RequestKind, count: usize) -> usize {
        if bounds::check_info(info).is_err() {
            return 0;
        }
        let rows = count * info.inputs as usize;
        match kind {
            RequestKind::Whole => format::REQUEST_HEAD + rows,
            RequestKind::Preparation => format::REQUEST_HEAD,
            RequestKind::Online => format::ONLINE_HEAD + rows,
        }
    }

    fn response_len(info: &MatrixInfo, kind: RequestKind, count: usize) -> usize {
        if bounds::check_info(info).is_err() {
            return 0;
        }
        let rows = 4 * count * info.outputs as usize;
        match kind {
            RequestKind::Whole | RequestKind::Preparation => format::RESPONSE_HEAD + rows,
            RequestKind::Online => format::ONLINE_HEAD + rows,
        }
    }
}

impl PlainMatrix {
    /// Appends the products of `rows`, one byte for each input.
    fn multiply(&self, rows: &[u8], to: &mut Vec<u8>) {
        let inputs = self.info.inputs as usize;
        for x in rows.chunks_exact(inputs) {
            for w in self.weights.chunks_exact(inputs) {
                let y: i32 = w.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x as i8)).sum();
                to.extend(y.to_le_bytes());
            }
        }
    }
}

/// The products in the body of a response.
fn products(body: &[u8]) -> Vec<i32> {
    body.as_chunks::<4>().0.iter().map(|&y| i32::from_le_bytes(y)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn products_are_exact() {
        let shape = Shape { inputs: 3, outputs: 2 };
        let matrix = InsecurePlaintext::encode_matrix("m", shape, &[1, -2, 3, 127, 127, -127]).unwrap();
        let info = InsecurePlaintext::matrix_info(&matrix);
        let key = InsecurePlaintext::secret_key(&[7; 32]);
        let keys =
            InsecurePlaintext::parse_evaluation_keys(&InsecurePlaintext::evaluation_keys(&key)).unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let rows = [1, 2, 3, -127, 127, 0];
        let request = InsecurePlaintext::encrypt(&key, info, &rows, 2, 0, &mut rng).unwrap();
        assert_eq!(request.len(), InsecurePlaintext::request_len(info, RequestKind::Whole, 2));
        let response = InsecurePlaintext::multiply(&keys, &matrix, &request).unwrap();
        assert_eq!(response.len(), InsecurePlaintext::response_len(info, RequestKind::Whole, 2));
        assert_eq!(InsecurePlaintext::decrypt(&key, info, &response, 2).unwrap(), [6, 0, -381, 0]);
    }
}
