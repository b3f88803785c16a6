//! The interface of an encrypted matrix product, and the values and errors that every scheme shares.

use rand_core::CryptoRng;
use std::fs::File;
use std::io::{self, Write};
use thiserror::Error;

/// Size of a matrix with `outputs` rows of `inputs` int8 weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Length of an input row.
    pub inputs: usize,
    /// Length of an output row.
    pub outputs: usize,
}

/// Public facts of one remote matrix. The pack's manifest carries them to the client.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MatrixInfo {
    /// Length of an input row.
    pub inputs: u32,
    /// Length of an output row.
    pub outputs: u32,
    /// Plaintext modulus: a prime over `2 * range_bound`.
    pub t: u32,
    /// `127 * max_o sum_i |W[o][i]|`: no output of an int8 row can exceed it.
    pub range_bound: u64,
    /// log2 of the predicted root mean square of the noise of the worst output, in units of 1/q before response
    /// compression (see the module `bounds`); 0 for a scheme without noise.
    pub noise_log2: f64,
    /// log2 of the bound on the probability that one output decrypts wrongly; at most -128.
    pub failure_log2: f64,
}

/// Parameters of a scheme that are the same for all matrices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SchemeInfo {
    /// Name of the scheme, as reports show it.
    pub name: &'static str,
    /// Ring degree.
    pub n: u32,
    /// log2 of the ciphertext modulus.
    pub log2_q: f64,
    /// log2 of the largest modulus under which a key is published.
    pub log2_qp: f64,
    /// Standard deviation of the error.
    pub error_sigma: f64,
}

/// Why bytes from the network were not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FormatError {
    /// The first bytes are not those of this message.
    #[error("not a {expected}: magic bytes differ")]
    Magic {
        /// The message that was expected.
        expected: &'static str,
    },
    /// The version is not one that this library reads.
    #[error("format version {found} is not supported (this library reads {supported})")]
    Version {
        /// The version found.
        found: u8,
        /// The version that is supported.
        supported: u8,
    },
    /// The message belongs to another scheme.
    #[error("scheme {found} is not {expected}")]
    Scheme {
        /// The scheme byte found.
        found: u8,
        /// The scheme byte expected.
        expected: u8,
    },
    /// The row layout is not the one that messages of so many rows have.
    #[error("row layout {0} is not the one of so many rows")]
    Layout(u8),
    /// The length is not the one that the header implies.
    #[error("{what} has {found} bytes instead of {expected}")]
    Length {
        /// The message.
        what: &'static str,
        /// Bytes expected.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// A header field is not the one that the matrix has.
    #[error("{field} is {found} instead of {expected}")]
    Field {
        /// The field.
        field: &'static str,
        /// The value expected.
        expected: u64,
        /// The value found.
        found: u64,
    },
    /// The number of rows is zero or over the limit.
    #[error("{found} rows; allowed are 1 to {limit}")]
    Rows {
        /// Rows found.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A coefficient is not reduced.
    #[error("coefficient {index} of {part} is not below the modulus")]
    Coefficient {
        /// The part of the message.
        part: &'static str,
        /// Index within the part.
        index: usize,
    },
    /// The facts of the matrix, to which the message belongs, are not those of any matrix that was assessed.
    #[error("matrix facts are inconsistent: {0}")]
    Matrix(&'static str),
    /// A reserved or padding bit is set.
    #[error("padding of {0} is not zero")]
    Padding(&'static str),
}

/// Why a matrix cannot be served.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum MatrixError {
    /// The weights do not fill the shape.
    #[error("matrix {name}: {found} weights instead of {outputs} x {inputs}")]
    Weights {
        /// Name of the matrix.
        name: String,
        /// Outputs of the shape.
        outputs: usize,
        /// Inputs of the shape.
        inputs: usize,
        /// Weights given.
        found: usize,
    },
    /// The shape is empty or over the limits.
    #[error("matrix {name}: shape {outputs} x {inputs} is outside 1..={max_outputs} x 1..={max_inputs}")]
    Shape {
        /// Name of the matrix.
        name: String,
        /// Outputs of the shape.
        outputs: usize,
        /// Inputs of the shape.
        inputs: usize,
        /// Most outputs.
        max_outputs: usize,
        /// Most inputs.
        max_inputs: usize,
    },
    /// The largest possible output does not fit the plaintext modulus.
    #[error(
        "matrix {name}: row {row} can reach {range_bound}, over the limit of {limit}; scale its weights down"
    )]
    Range {
        /// Name of the matrix.
        name: String,
        /// The output row with the largest bound.
        row: usize,
        /// `127 * sum_i |W[row][i]|`.
        range_bound: u64,
        /// The largest bound that fits.
        limit: u64,
    },
    /// An output could decrypt wrongly too often.
    #[error(
        "matrix {name}: output {row} fails with probability up to 2^{failure_log2:.1}, over 2^-128 \
         (noise 2^{noise_log2:.2}, modulus t = {t}); scale the weights down"
    )]
    Noise {
        /// Name of the matrix.
        name: String,
        /// The output row with the most noise.
        row: usize,
        /// log2 of the noise's root mean square.
        noise_log2: f64,
        /// log2 of the failure bound.
        failure_log2: f64,
        /// The plaintext modulus.
        t: u32,
    },
}

/// Why a stored matrix was not opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The weights cannot be served, stored or not.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// The file cannot be read, or has no whole head.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The file is no stored matrix, or one of another version or scheme.
    #[error("it is no matrix that this version has stored")]
    Version,
    /// The file holds another matrix.
    #[error("it holds another matrix")]
    Other,
    /// The file is cut off or too long.
    #[error("it has {found} bytes instead of {expected}")]
    Length {
        /// Bytes expected.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// The content changed after it was written.
    #[error("its content does not have its hash")]
    Hash,
    /// The table is not the one that this version makes of the weights.
    #[error("its table is not the one that its weights have")]
    Table,
}

/// Why rows were not encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncryptError {
    /// The number of rows is zero or over [`Scheme::MAX_ROWS`].
    #[error("{found} rows; allowed are 1 to {limit}")]
    Rows {
        /// Rows given.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The values do not fill the rows.
    #[error("{found} values instead of {expected}")]
    Values {
        /// Values expected: rows times inputs.
        expected: usize,
        /// Values given.
        found: usize,
    },
    /// A value is -128. Its position is not told, because rows are secret.
    #[error("a value is outside -127..=127")]
    Range,
    /// The facts of the matrix are not those of any matrix that this scheme accepts.
    #[error("matrix facts are inconsistent: {0}")]
    Matrix(&'static str),
    /// The prepared rows have been used: to use them again would give their values away.
    #[error("these prepared rows have been used")]
    Used,
}

/// What a message asks of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// The products of rows.
    Whole,
    /// What of the products of rows to come does not depend on their values.
    Preparation,
    /// What is left of the products of prepared rows when their values are there.
    Online,
}

/// Why a request was not multiplied.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MultiplyError {
    /// The request is malformed or made for another matrix.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// Encrypted products of int8 rows with clear int8 matrices.
///
/// The client holds a `SecretKey`, the server holds `EvaluationKeys` and `Matrix`. Lengths of messages depend on the
/// matrix and the number of rows alone.
pub trait Scheme: Send + Sync + 'static {
    /// The client's key. Zeroized on drop.
    type SecretKey: Send + Sync;
    /// What the server holds of a client.
    type EvaluationKeys: Send + Sync;
    /// A matrix in evaluation form.
    type Matrix: Send + Sync;
    /// What a client keeps of rows that it has prepared. Zeroized on drop.
    type Prepared: Send + Sync;

    /// Most rows in one request.
    const MAX_ROWS: usize = 64;

    /// The scheme's parameters.
    fn info() -> SchemeInfo;

    /// The secret key that `seed` determines.
    fn secret_key(seed: &[u8; 32]) -> Self::SecretKey;

    /// Serialized evaluation keys: the same bytes on every call, so that sending them again reveals nothing new.
    fn evaluation_keys(key: &Self::SecretKey) -> Vec<u8>;

    /// Checks and expands evaluation keys. Fails on anything but the exact length and reduced coefficients.
    fn parse_evaluation_keys(bytes: &[u8]) -> Result<Self::EvaluationKeys, FormatError>;

    /// Bytes that expanded evaluation keys hold on the server.
    fn evaluation_keys_memory(keys: &Self::EvaluationKeys) -> usize;

    /// The bounds of a matrix (`weights` row-major, `[outputs][inputs]`), without encoding it.
    fn assess(name: &str, shape: Shape, weights: &[i8]) -> Result<MatrixInfo, MatrixError>;

    /// The matrix in evaluation form (`weights` row-major, `[outputs][inputs]`). Fails like [`Scheme::assess`].
    fn encode_matrix(name: &str, shape: Shape, weights: &[i8]) -> Result<Self::Matrix, MatrixError>;

    /// Keeps what requests of many rows for a matrix need, if that takes at most `budget` bytes; returns the bytes that it
    /// takes. Such requests are answered in any case, and much faster if it is kept. Runs on the current rayon pool.
    fn hold_for_many_rows(matrix: &Self::Matrix, budget: usize) -> usize;

    /// Bytes of the file that [`Scheme::store_matrix`] writes for the matrix of `info`; 0 where encoding is as good.
    fn stored_len(info: &MatrixInfo) -> usize;

    /// Writes a matrix in evaluation form, for [`Scheme::open_matrix`].
    fn store_matrix(matrix: &Self::Matrix, to: &mut dyn Write) -> io::Result<()>;

    /// The matrix that [`Scheme::encode_matrix`] makes, much sooner, from a file at whose beginning [`Scheme::store_matrix`]
    /// wrote it. The file is mapped: it must not be changed while the matrix lives, and must lie where nobody can change it
    /// who may not choose the weights as well. Runs on the current rayon pool.
    fn open_matrix(name: &str, shape: Shape, weights: &[i8], file: &File) -> Result<Self::Matrix, OpenError>;

    /// The facts of an encoded matrix: those that [`Scheme::assess`] gives.
    fn matrix_info(matrix: &Self::Matrix) -> &MatrixInfo;

    /// Bytes that an encoded matrix holds on the server.
    fn matrix_memory(matrix: &Self::Matrix) -> usize;

    /// Encrypts `count` rows (`[count][inputs]`, each value in -127..=127) for the matrix of `info`.
    ///
    /// `counter` must never be used twice under one key: the request's public seed holds it.
    fn encrypt(
        key: &Self::SecretKey,
        info: &MatrixInfo,
        rows: &[i8],
        count: usize,
        counter: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, EncryptError>;

    /// Multiplies the rows of `request` with the matrix, or answers a preparation. Runs on the current rayon pool.
    fn multiply(
        keys: &Self::EvaluationKeys,
        matrix: &Self::Matrix,
        request: &[u8],
    ) -> Result<Vec<u8>, MultiplyError>;

    /// Decrypts a response to `count` rows: `[count][outputs]`, exact.
    fn decrypt(
        key: &Self::SecretKey,
        info: &MatrixInfo,
        response: &[u8],
        count: usize,
    ) -> Result<Vec<i32>, FormatError>;

    /// Asks a server to prepare `count` rows for the matrix of `info`: it does all that does not depend on their values.
    /// [`Scheme::multiply`] answers, and [`Scheme::prepared`] reads the answer.
    ///
    /// `counter` as for [`Scheme::encrypt`].
    fn prepare(
        info: &MatrixInfo,
        count: usize,
        counter: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, EncryptError>;

    /// The rows that `preparation` asked for and `response` prepared. To be called once for a preparation: rows that are
    /// encrypted twice under one preparation are not secret.
    fn prepared(
        key: &Self::SecretKey,
        info: &MatrixInfo,
        preparation: &[u8],
        response: &[u8],
    ) -> Result<Self::Prepared, FormatError>;

    /// Rows that are left.
    fn prepared_rows(prepared: &Self::Prepared) -> usize;

    /// Splits the first `count` rows off; `None` if there are not so many.
    fn take_prepared(prepared: &mut Self::Prepared, count: usize) -> Option<Self::Prepared>;

    /// Encrypts rows (`[count][inputs]`, each value in -127..=127) as the prepared ones, all of them at once and never again.
    fn encrypt_prepared(
        prepared: &mut Self::Prepared,
        rows: &[i8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, EncryptError>;

    /// Multiplies the rows of an online request with the matrix: a clear product of clear weights and masked numbers. It
    /// needs no keys. Runs on the current rayon pool.
    fn multiply_online(matrix: &Self::Matrix, request: &[u8]) -> Result<Vec<u8>, MultiplyError>;

    /// Decrypts the response to an online request: `[count][outputs]`, exact.
    fn decrypt_prepared(prepared: &Self::Prepared, response: &[u8]) -> Result<Vec<i32>, FormatError>;

    /// What a message asks for, and for how many rows, as its first bytes say; `None` if it is no message to a server.
    fn asked(message: &[u8]) -> Option<(RequestKind, u32)>;

    /// Bytes of a message that asks for `count` rows; 0 if the facts are not those of any matrix that was assessed.
    fn request_len(info: &MatrixInfo, kind: RequestKind, count: usize) -> usize;

    /// Bytes of the response to it; 0 if the facts are not those of any matrix that was assessed.
    fn response_len(info: &MatrixInfo, kind: RequestKind, count: usize) -> usize;
}
