//! Messages changed at random: none panics, none is answered with anything but what its head promises.
//!
//! The corpus is `vectors/`: accepted messages of both layouts, and refused ones. A run takes `SOTTO_FUZZ_SECONDS` (5
//! without it) and a fresh seed, which it prints; `SOTTO_FUZZ_SEED` repeats one. A message that fails belongs into
//! `vectors/fuzz/`, which every run tries first.

use lattice::{MatrixInfo, Rlwe, Scheme, Shape};
use rand_core::{Rng, SeedableRng};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

type Random = chacha20::ChaCha20Rng;

/// Matrices of the accepted vectors, and the rows of their messages.
const SHAPES: [(usize, usize, usize); 3] = [(3, 2, 1), (1030, 300, 2), (260, 258, 17)];

struct Target {
    key: <Rlwe as Scheme>::SecretKey,
    keys: <Rlwe as Scheme>::EvaluationKeys,
    matrices: Vec<(<Rlwe as Scheme>::Matrix, usize)>,
}

impl Target {
    fn new() -> Self {
        let key = Rlwe::secret_key(&[1; 32]);
        let keys = Rlwe::parse_evaluation_keys(&Rlwe::evaluation_keys(&key)).unwrap();
        let matrix = |(inputs, outputs, rows): (usize, usize, usize)| {
            // The weights of the vectors: their t must be that of the messages.
            let weights: Vec<i8> = (0..outputs)
                .flat_map(|o| (0..inputs).map(move |i| (((31 * o + 17 * i) % 255) as i32 - 127) as i8))
                .collect();
            let matrix = Rlwe::encode_matrix("fuzz", Shape { inputs, outputs }, &weights).unwrap();
            Rlwe::hold_for_many_rows(&matrix, usize::MAX);
            (matrix, rows)
        };
        Self { key, keys, matrices: SHAPES.map(matrix).into() }
    }

    /// Reads a message as every kind, for every matrix.
    fn try_all(&self, bytes: &[u8]) {
        assert!(Rlwe::parse_evaluation_keys(bytes).is_err(), "keys of {} bytes", bytes.len());
        for (matrix, rows) in &self.matrices {
            let info = Rlwe::matrix_info(matrix);
            if let Ok(response) = Rlwe::multiply(&self.keys, matrix, bytes) {
                let rows = u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
                assert_eq!(bytes.len(), Rlwe::request_len(info, rows));
                assert_eq!(response.len(), Rlwe::response_len(info, rows));
                self.decrypt(info, &response, rows).unwrap();
            }
            let _ = self.decrypt(info, bytes, *rows);
        }
    }

    fn decrypt(&self, info: &MatrixInfo, response: &[u8], rows: usize) -> Option<()> {
        let outputs = Rlwe::decrypt(&self.key, info, response, rows).ok()?;
        assert_eq!(outputs.len(), rows * info.outputs as usize);
        assert!(outputs.iter().all(|y| y.unsigned_abs() <= info.t / 2));
        Some(())
    }
}

fn vectors(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(folder);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let binary = files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "bin"));
    binary.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// One to four changes: a bit, a byte, a word of the head, a cut, an addition, a piece of another message.
fn change(random: &mut Random, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
    for _ in 0..1 + random.next_u32() % 4 {
        let mut below = |n: usize| random.next_u64() as usize % n.max(1);
        let (at, head) = (below(bytes.len()), below(bytes.len().min(48)));
        match below(8) {
            _ if bytes.is_empty() => bytes.push(below(256) as u8),
            0 => bytes[at] ^= 1 << below(8),
            1 => bytes[at] = below(256) as u8,
            2 => bytes[head] ^= 1 << below(8),
            3 => bytes[head] = [0, 1, 2, 16, 64, 65, 0x7f, 0x80, 0xff][below(9)],
            4 => bytes.truncate(at),
            5 => bytes.extend(vec![below(256) as u8; 1 + below(16)]),
            6 => {
                let end = bytes.len().min(at + 1 + below(64));
                bytes[at..end].fill([0, 0xff][below(2)]);
            }
            _ => {
                let other = &others[below(others.len())];
                let from = below(other.len());
                let length = below(64).min(other.len() - from).min(bytes.len() - at);
                bytes[at..at + length].copy_from_slice(&other[from..from + length]);
            }
        }
    }
}

#[test]
fn changed_messages_are_refused_or_answered_as_promised() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let seconds = number("SOTTO_FUZZ_SECONDS").unwrap_or(5);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed = number("SOTTO_FUZZ_SEED").unwrap_or(now.as_nanos() as u64);
    let target = Target::new();
    for (path, bytes) in vectors("fuzz") {
        println!("{}", path.display());
        target.try_all(&bytes);
    }
    let corpus: Vec<Vec<u8>> =
        ["accept", "reject"].into_iter().flat_map(vectors).map(|(_, bytes)| bytes).collect();
    assert!(corpus.len() > 40);
    let mut random = Random::seed_from_u64(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut tried = 0u64;
    while Instant::now() < end {
        let mut bytes = corpus[random.next_u32() as usize % corpus.len()].clone();
        change(&mut random, &mut bytes, &corpus);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target.try_all(&bytes))) {
            let file = std::env::temp_dir().join(format!("lattice-fuzz-{seed}-{tried}.bin"));
            fs::write(&file, &bytes).unwrap();
            println!("seed {seed}, message {tried}, kept as {}", file.display());
            std::panic::resume_unwind(panic);
        }
        tried += 1;
    }
    println!("seed {seed}: {tried} messages in {seconds} s");
    assert!(tried > 0);
}
