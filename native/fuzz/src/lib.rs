//! What the targets share: messages that are valid, and changes of them.
//!
//! A target is a program around libFuzzer, which keeps every input that reaches code that none before it has reached, and
//! changes those. Evaluation keys have 4.5 MB, and a message of random bytes ends at its first byte; so an input is not a
//! message, but the number of a valid one and a list of [`Change`]s.
//!
//! `corpus/TARGET/` holds inputs that reach what is known to be reachable, and those that once failed. A run:
//!
//! ```text
//! cd native/fuzz
//! cargo run --release --bin request -- ../target/fuzz/new corpus/request -max_total_time=600
//! ```
//!
//! puts what it finds into the first folder, which must exist, and an input that fails into the current one; the same
//! program with that file as its argument repeats it. `-help=1` lists the options of libFuzzer.

use lattice::{MatrixInfo, Rlwe, Scheme, Shape};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use std::sync::LazyLock;

/// A change of a message.
#[derive(Arbitrary, Debug)]
pub enum Change {
    /// Other bytes at a position of the head.
    Head(u8, Vec<u8>),
    /// Other bytes at any position.
    Set(u32, Vec<u8>),
    /// The same byte many times.
    Fill(u32, u16, u8),
    /// The end is left out, from a position on.
    Cut(u32),
    /// The last bytes are left out.
    Shorten(u8),
    /// Bytes at the end.
    Append(Vec<u8>),
    /// The message goes on with this many zeros.
    Lengthen(u16),
}

/// The longest head of a message.
const HEAD: usize = 48;

impl Change {
    fn apply(&self, message: &mut Vec<u8>) {
        let len = message.len();
        let position = |at: u32| at as usize % (len + 1);
        let mut set = |at: usize, bytes: &[u8]| {
            let bytes = &bytes[..bytes.len().min(len - at)];
            message[at..][..bytes.len()].copy_from_slice(bytes);
        };
        match self {
            Self::Head(at, bytes) => set((usize::from(*at) % HEAD).min(len), bytes),
            Self::Set(at, bytes) => set(position(*at), bytes),
            Self::Fill(at, count, byte) => set(position(*at), &vec![*byte; usize::from(*count)]),
            Self::Cut(at) => message.truncate(position(*at)),
            Self::Shorten(count) => message.truncate(len.saturating_sub(usize::from(*count))),
            Self::Append(bytes) => message.extend(bytes),
            Self::Lengthen(count) => message.resize(len + usize::from(*count), 0),
        }
    }
}

/// A valid message, changed.
#[derive(Arbitrary, Debug)]
pub struct Changed {
    valid: u8,
    changes: Vec<Change>,
}

impl Changed {
    /// Which of `count` valid messages it is made of.
    pub fn choose(&self, count: usize) -> usize {
        usize::from(self.valid) % count
    }

    /// `message` with the changes.
    pub fn apply(&self, message: &[u8]) -> Vec<u8> {
        let mut message = message.to_vec();
        self.changes.iter().for_each(|change| change.apply(&mut message));
        message
    }
}

/// A client, a server, and their messages for one matrix.
pub struct Exchange {
    /// The client's key.
    pub key: <Rlwe as Scheme>::SecretKey,
    /// The matrix.
    pub matrix: <Rlwe as Scheme>::Matrix,
    /// The rows of the messages.
    pub rows: usize,
    /// A request that the server answers.
    pub request: Vec<u8>,
    /// The answer.
    pub response: Vec<u8>,
    /// The same rows in two halves: a preparation, its answer, an online request and its answer.
    pub preparation: Vec<u8>,
    /// See `preparation`.
    pub prepared: Vec<u8>,
    /// See `preparation`.
    pub online_request: Vec<u8>,
    /// See `preparation`.
    pub online_response: Vec<u8>,
}

impl Exchange {
    /// The facts of the matrix.
    pub fn info(&self) -> &MatrixInfo {
        Rlwe::matrix_info(&self.matrix)
    }

    /// Reads a response of `rows` rows; what is accepted has the form that was promised.
    pub fn decrypt(&self, response: &[u8], rows: usize) -> Option<Vec<i32>> {
        let outputs = Rlwe::decrypt(&self.key, self.info(), response, rows).ok()?;
        assert_eq!(outputs.len(), rows * self.info().outputs as usize);
        assert!(outputs.iter().all(|y| y.unsigned_abs() <= self.info().t / 2));
        Some(outputs)
    }
}

/// The bytes of evaluation keys.
pub static KEYS: LazyLock<Vec<u8>> = LazyLock::new(|| Rlwe::evaluation_keys(&Rlwe::secret_key(&[1; 32])));

/// The keys as a server holds them.
pub static SERVER_KEYS: LazyLock<<Rlwe as Scheme>::EvaluationKeys> =
    LazyLock::new(|| Rlwe::parse_evaluation_keys(&KEYS).expect("evaluation keys are read"));

macro_rules! vectors {
    ($name:literal: $($message:literal),*) => {
        [$(include_bytes!(concat!("../../lattice/vectors/accept/", $name, ".", $message, ".bin")).to_vec()),*]
    };
    ($name:literal) => {
        vectors!(
            $name: "request", "response", "preparation", "prepared", "online-request", "online-response"
        )
    };
}

/// The exchanges of the accepted vectors: less than a chunk, several chunks and blocks, packed rows.
pub static EXCHANGES: LazyLock<[Exchange; 3]> = LazyLock::new(|| {
    let exchange = |inputs: usize, outputs: usize, rows: usize, messages: [Vec<u8>; 6]| {
        let [request, response, preparation, prepared, online_request, online_response] = messages;
        // The weights of the vectors: their t must be that of the messages.
        let weights: Vec<i8> = (0..outputs)
            .flat_map(|o| (0..inputs).map(move |i| (((31 * o + 17 * i) % 255) as i32 - 127) as i8))
            .collect();
        let matrix = Rlwe::encode_matrix("fuzz", Shape { inputs, outputs }, &weights)
            .expect("the matrix of the vectors is encoded");
        Rlwe::hold_for_many_rows(&matrix, usize::MAX);
        Exchange {
            key: Rlwe::secret_key(&[1; 32]),
            matrix,
            rows,
            request,
            response,
            preparation,
            prepared,
            online_request,
            online_response,
        }
    };
    [
        exchange(3, 2, 1, vectors!("3x2")),
        exchange(1030, 300, 2, vectors!("1030x300")),
        exchange(260, 258, 17, vectors!("260x258")),
    ]
});
