//! Times of prepared rows: of their preparation, and of what is left when their values are there.

use crate::data::activations;
use crate::floor::Speeds;
use crate::model::Held;
use crate::token::{Party, Run, info, timed};
use lattice::{Rlwe, Scheme, Verifier};
use rayon::ThreadPool;
use std::error::Error;

/// One run over all matrices.
pub struct Ahead {
    /// Milliseconds of the server for each matrix's preparation, and of the client for reading the answer.
    pub prepare: Vec<f64>,
    /// See `prepare`.
    pub read: Vec<f64>,
    /// Bytes of a preparation and its answer, for each matrix.
    pub prepare_bytes: Vec<usize>,
    /// What came after.
    pub online: Run,
}

impl Party {
    /// Prepares `rows` rows for every matrix and then sends them through, as [`Party::run`] does: values come when all is
    /// prepared.
    pub fn run_ahead(
        &mut self,
        held: &[Held],
        verifiers: &[Verifier],
        rows: usize,
        server: &ThreadPool,
        client: &ThreadPool,
    ) -> Result<Ahead, Box<dyn Error>> {
        let (mut prepare, mut read, mut prepare_bytes) = (Vec::new(), Vec::new(), Vec::new());
        let mut prepared = Vec::with_capacity(held.len());
        for one in held {
            let counter = self.next_counter();
            let preparation = Rlwe::prepare(info(one), rows, counter, &mut self.random)?;
            let multiply = || Rlwe::multiply(&self.keys, &one.matrix, &preparation);
            let (ms, response) = timed(|| server.install(multiply));
            let response = response?;
            prepare.push(ms);
            prepare_bytes.push(preparation.len() + response.len());
            let finish = || Rlwe::prepared(&self.key, info(one), &preparation, &response);
            let (ms, ready) = client.install(|| timed(finish));
            read.push(ms);
            prepared.push(ready?);
        }
        let mut online = Run::with_capacity(held.len());
        let mut requests = Vec::with_capacity(held.len());
        for (one, prepared) in held.iter().zip(&mut prepared) {
            let x = activations(&mut self.random, rows * one.shape.inputs);
            let random = &mut self.random;
            let (ms, request) = client.install(|| timed(|| Rlwe::encrypt_prepared(prepared, &x, random)));
            online.encrypt.push(ms);
            requests.push((x, request?));
        }
        let mut responses = Vec::with_capacity(held.len());
        for (one, (_, request)) in held.iter().zip(&requests) {
            let (ms, response) = timed(|| server.install(|| Rlwe::multiply_online(&one.matrix, request)));
            let response = response?;
            online.server.push(ms);
            online.bytes.push(request.len() + response.len());
            responses.push(response);
        }
        for (i, (one, (x, _))) in held.iter().zip(&requests).enumerate() {
            let (Some(prepared), Some(response)) = (prepared.get(i), responses.get(i)) else { break };
            let (ms, y) = client.install(|| timed(|| Rlwe::decrypt_prepared(prepared, response)));
            online.decrypt.push(ms);
            self.check(one, verifiers.get(i), x, &y?, server, &mut online)?;
        }
        Ok(Ahead { prepare, read, prepare_bytes, online })
    }
}

/// The least milliseconds in which all weights of `held` can be read once, for each of `rows` rows.
pub fn floor(held: &[Held], rows: usize, speeds: &Speeds) -> f64 {
    let bytes: usize = held.iter().map(|one| one.weights.len()).sum();
    1e3 * bytes as f64 / speeds.bandwidth / rows as f64
}
