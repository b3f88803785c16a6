//! Times of whole tokens: every matrix of a model after the other, as a server gets them.

use crate::data::{Random, activations, wrong};
use crate::floor::Work;
use crate::model::{ATTENTION, Held};
use lattice::{MatrixInfo, Rlwe, Scheme, Verifier};
use rayon::ThreadPool;
use std::error::Error;
use std::time::Instant;

/// The client and the evaluation keys that the server has of it.
pub struct Party {
    /// The client's key.
    pub key: <Rlwe as Scheme>::SecretKey,
    /// The server's.
    pub keys: <Rlwe as Scheme>::EvaluationKeys,
    /// Bytes of the evaluation keys as sent.
    pub key_bytes: usize,
    /// What rows and ciphertexts are drawn from.
    pub random: Random,
    counter: u64,
    /// Outputs that were compared with the integer product.
    pub compared: usize,
    /// Outputs that differed.
    pub wrong: usize,
}

/// Milliseconds of one run over all matrices, and the bytes of its messages.
pub struct Run {
    /// Of the server, for each matrix.
    pub server: Vec<f64>,
    /// Of the client's encryption, decryption and verification, for each matrix.
    pub encrypt: Vec<f64>,
    /// See `encrypt`.
    pub decrypt: Vec<f64>,
    /// See `encrypt`.
    pub verify: Vec<f64>,
    /// Bytes of request and response, for each matrix.
    pub bytes: Vec<usize>,
}

impl Run {
    /// Of `matrices` matrices, before any is measured.
    pub fn with_capacity(matrices: usize) -> Self {
        let empty = || Vec::with_capacity(matrices);
        Self {
            server: empty(),
            encrypt: empty(),
            decrypt: empty(),
            verify: empty(),
            bytes: Vec::with_capacity(matrices),
        }
    }
}

impl Party {
    /// Makes keys.
    pub fn new(random: Random) -> Result<Self, Box<dyn Error>> {
        let key = Rlwe::secret_key(&[1; 32]);
        let serialized = Rlwe::evaluation_keys(&key);
        let keys = Rlwe::parse_evaluation_keys(&serialized)?;
        Ok(Self { key, keys, key_bytes: serialized.len(), random, counter: 0, compared: 0, wrong: 0 })
    }

    /// A counter that no request had.
    pub fn next_counter(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Sends `rows` new rows through every matrix; the server uses `server`, the client `client`.
    ///
    /// Encryption comes first and decryption last, so that the server finds its caches as it does between tokens:
    /// filled with other matrices. The client's calls are timed on its thread; what it takes to wake one for each is part of
    /// `answer-overhead`. Every output is compared with the integer product. `verifiers` are empty, or one for
    /// each matrix.
    pub fn run(
        &mut self,
        held: &[Held],
        verifiers: &[Verifier],
        rows: usize,
        server: &ThreadPool,
        client: &ThreadPool,
    ) -> Result<Run, Box<dyn Error>> {
        let mut run = Run::with_capacity(held.len());
        let mut requests = Vec::with_capacity(held.len());
        for one in held {
            let x = activations(&mut self.random, rows * one.shape.inputs);
            let counter = self.next_counter();
            let (key, random) = (&self.key, &mut self.random);
            let encrypt = || Rlwe::encrypt(key, info(one), &x, rows, counter, random);
            let (ms, request) = client.install(|| timed(encrypt));
            run.encrypt.push(ms);
            requests.push((x, request?));
        }
        let mut responses = Vec::with_capacity(held.len());
        for (one, (_, request)) in held.iter().zip(&requests) {
            let (ms, response) =
                timed(|| server.install(|| Rlwe::multiply(&self.keys, &one.matrix, request)));
            let response = response?;
            run.server.push(ms);
            run.bytes.push(request.len() + response.len());
            responses.push(response);
        }
        for (i, ((one, (x, _)), response)) in held.iter().zip(&requests).zip(&responses).enumerate() {
            let decrypt = || Rlwe::decrypt(&self.key, info(one), response, rows);
            let (ms, y) = client.install(|| timed(decrypt));
            run.decrypt.push(ms);
            self.check(one, verifiers.get(i), x, &y?, server, &mut run)?;
        }
        Ok(run)
    }

    /// Verifies products of the rows `x`, which is timed, and compares them with the integer products.
    pub fn check(
        &mut self,
        one: &Held,
        verifier: Option<&Verifier>,
        x: &[i8],
        y: &[i32],
        pool: &ThreadPool,
        run: &mut Run,
    ) -> Result<(), Box<dyn Error>> {
        if let Some(verifier) = verifier {
            let (ms, right) = timed(|| verifier.check(x, y, x.len() / one.shape.inputs));
            run.verify.push(ms);
            if !right {
                return Err("a product was not verified".into());
            }
        }
        self.compared += y.len();
        self.wrong += pool.install(|| wrong(one.shape, &one.weights, x, y));
        Ok(())
    }

    /// A verifier for each matrix.
    pub fn verifiers(&mut self, held: &[Held]) -> Result<Vec<Verifier>, Box<dyn Error>> {
        let mut new = |one: &Held| Verifier::new(info(one), &one.weights, &mut self.random);
        held.iter().map(|one| new(one).ok_or_else(|| "a matrix has no verifier".into())).collect()
    }
}

/// The facts of an encoded matrix.
pub fn info(held: &Held) -> &MatrixInfo {
    Rlwe::matrix_info(&held.matrix)
}

/// The work of requests of `rows` rows for all matrices; none where a layout is not the documented one.
pub fn work<'a>(held: impl IntoIterator<Item = &'a Held>, rows: usize) -> Option<Work> {
    held.into_iter()
        .try_fold(Work::default(), |sum, one| Some(sum.plus(Work::of(info(one), rows, one.memory)?)))
}

/// The sum over the matrices of the attention alone.
pub fn attention_sum(held: &[Held], values: &[f64]) -> f64 {
    held.iter().zip(values).filter(|(one, _)| one.part < ATTENTION).map(|(_, value)| value).sum()
}

/// The median of times; NaN of none.
pub fn median(times: impl IntoIterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.into_iter().collect();
    times.sort_by(f64::total_cmp);
    let middle = |i: usize| times.get(i).copied().unwrap_or(f64::NAN);
    (middle(times.len().saturating_sub(1) / 2) + middle(times.len() / 2)) / 2.0
}

/// Milliseconds of `run`, and its result.
pub fn timed<T>(run: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = run();
    (start.elapsed().as_secs_f64() * 1e3, result)
}
