//! An addon for tests, no part of a product: panics on purpose, and facts of a matrix as a pack's builder computes
//! them.

use lattice::{Scheme, Shape};
use napi::bindgen_prelude::{AsyncTask, Int8Array};
use napi_derive::napi;
use sotto_addon::failure::{Code, guard};
use sotto_addon::work::{Work, on_pool};

/// Panics on the thread pool.
#[napi(js_name = "panicOnPool")]
pub fn panic_on_pool() -> AsyncTask<Work<bool>> {
    on_pool(|| Ok(Box::new(|| panic!("on purpose"))))
}

/// Panics while arguments are checked, on the event loop.
#[napi(js_name = "panicInArguments")]
pub fn panic_in_arguments() -> AsyncTask<Work<bool>> {
    on_pool(|| panic!("on purpose"))
}

/// Panics in a synchronous call.
#[napi(js_name = "panicAtOnce")]
pub fn panic_at_once() -> napi::Result<bool, Code> {
    Ok(guard(|| panic!("on purpose"))?)
}

/// Facts of a matrix, as a manifest holds them.
#[napi(object)]
pub struct Facts {
    /// Plaintext modulus.
    pub t: u32,
    /// Bound on an output.
    #[napi(js_name = "rangeBound")]
    pub range_bound: f64,
    /// log2 of the noise.
    #[napi(js_name = "noiseLog2")]
    pub noise_log2: f64,
    /// log2 of the failure bound.
    #[napi(js_name = "failureLog2")]
    pub failure_log2: f64,
}

/// The facts of `weights` (`[outputs][inputs]`).
#[napi]
pub fn assess(weights: Int8Array, inputs: u32, outputs: u32) -> napi::Result<Facts> {
    let shape = Shape { inputs: inputs as usize, outputs: outputs as usize };
    let info = lattice::Rlwe::assess("test", shape, &weights)
        .map_err(|error| napi::Error::from_reason(error.to_string()))?;
    Ok(Facts {
        t: info.t,
        range_bound: info.range_bound as f64,
        noise_log2: info.noise_log2,
        failure_log2: info.failure_log2,
    })
}
