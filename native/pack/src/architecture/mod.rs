//! Model architectures: what each is made of, and its program of graphs and remote products.
//!
//! An architecture reads its tensors from a checkpoint and hands graphs and matrices to an [`Assembler`]. What
//! architectures share (quantised linear layers, norms, attention) is in [`crate::onnx::blocks`]. One with rotary
//! positions reads the register `positions` in the graph that makes query and key; one with grouped keys has
//! `kv_heads` below `heads`.

mod gpt2;

use crate::assembler::Assembler;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::manifest::{Model, Padding, Program};
use serde_json::Value;

/// Which matrices of a layer the server applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remote {
    /// Those of attention.
    Attention,
    /// All.
    All,
}

/// A model of one architecture, with its configuration parsed.
pub trait Architecture {
    /// Facts of the model.
    fn model(&self) -> Model;

    /// What makes a row's bits independent of the other rows.
    fn padding(&self) -> Padding;

    /// Number of tensors, matrices and graphs that [`Architecture::assemble`] hands over, for a progress bar.
    fn parts(&self, remote: Remote) -> usize;

    /// Hands graphs and matrices to `pack`, and tells how to run them.
    fn assemble(
        &self,
        checkpoint: &Checkpoint,
        remote: Remote,
        pack: &mut Assembler,
    ) -> Result<Program, Error>;
}

/// Checks a checkpoint's configuration.
type Open = fn(&Checkpoint) -> Result<Box<dyn Architecture>, Error>;

/// Architectures by the `model_type` of `config.json`.
const KNOWN: &[(&str, Open)] = &[("gpt2", gpt2::open)];

/// The architecture of a checkpoint.
pub fn of(checkpoint: &Checkpoint) -> Result<Box<dyn Architecture>, Error> {
    let Some(found) = checkpoint.config().get("model_type").and_then(Value::as_str) else {
        return Err(checkpoint.bad_config("model_type is missing, so the architecture is unknown"));
    };
    match KNOWN.iter().find(|(name, _)| *name == found) {
        Some((_, open)) => open(checkpoint),
        None => {
            let names: Vec<_> = KNOWN.iter().map(|&(name, _)| name).collect();
            Err(Error::Architecture { found: found.to_owned(), supported: names.join(", ") })
        }
    }
}
