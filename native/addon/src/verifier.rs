//! A handle on the secret check vectors of one matrix. Decryption takes it along: a product is decrypted and checked in
//! one call.

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

impl Verifier {
    /// The check of the matrix with facts `info`; `None` if it is that of another.
    pub(crate) fn of(&self, info: &MatrixInfo) -> Option<Arc<lattice::Verifier>> {
        (self.info == *info).then(|| Arc::clone(&self.verifier))
    }
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

    /// log2 of the probability that one wrong row passes.
    #[napi(js_name = "soundnessLog2")]
    pub fn soundness_log2(&self) -> napi::Result<f64, Code> {
        Ok(guard(|| Ok(self.verifier.soundness_log2()))?)
    }
}
