//! A handle on the secret check vectors of one matrix.

use crate::failure::{Code, Fault, guard};
use crate::work::{Work, on_pool};
use crate::{argument, random};
use lattice::MatrixInfo;
use napi::bindgen_prelude::{AsyncTask, Unknown};
use napi_derive::napi;
use std::sync::Arc;

/// `Verifier` in `sotto.d.ts`.
#[napi]
pub struct Verifier {
    verifier: Arc<lattice::Verifier>,
    info: MatrixInfo,
}

#[napi]
impl Verifier {
    /// Draws fresh secret vectors for the matrix of `facts` with these weights.
    #[napi]
    pub fn create(facts: Unknown, weights: Unknown, layout: Unknown) -> AsyncTask<Work<Verifier>> {
        on_pool(|| {
            let info = argument::facts(facts)?;
            let layout = argument::layout(layout)?;
            let weights = argument::weights(weights, &info)?;
            Ok(Box::new(move || {
                let weights = layout.output_major(&weights, &info);
                lattice::Verifier::new(&info, &weights, &mut random::fresh()?)
                    .map(|verifier| Verifier { verifier: Arc::new(verifier), info })
                    .ok_or_else(|| Fault::argument("facts: they do not fit the weights"))
            }))
        })
    }

    /// Whether `outputs` (`[count][outputs]`) are the products of `rows` (`[count][inputs]`, zero point 128).
    #[napi]
    pub fn check(&self, rows: Unknown, outputs: Unknown, count: Unknown) -> AsyncTask<Work<bool>> {
        on_pool(|| {
            let verifier = Arc::clone(&self.verifier);
            let count = argument::count(count)?;
            let rows = argument::rows(rows, &self.info, count)?;
            let outputs = argument::outputs(outputs, &self.info, count)?;
            Ok(Box::new(move || Ok(verifier.check(&rows, &outputs, count))))
        })
    }

    /// log2 of the probability that one wrong row passes.
    #[napi(js_name = "soundnessLog2")]
    pub fn soundness_log2(&self) -> napi::Result<f64, Code> {
        Ok(guard(|| Ok(self.verifier.soundness_log2()))?)
    }
}
