//! OpenAI's own attention weights of GPT-2 small, where the test data are present: quantised, and within the bounds.

use std::{io::Write as _, path::Path};

use lattice::{Rlwe, Scheme, Shape};
use sotto_pack::checkpoint::{Channels, Checkpoint};
use sotto_pack::quantise_stored;

#[test]
fn all_24_matrices_can_be_served() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/gpt2-attention");
    if !dir.exists() {
        let _ = writeln!(std::io::stderr(), "skipped: the folder ../shared/data/gpt2-attention is absent");
        return;
    }
    let checkpoint = Checkpoint::open(&dir).unwrap();
    let prefix = if checkpoint.has("transformer.wpe.weight") { "transformer." } else { "" };
    for layer in 0..12 {
        for (part, outputs) in [("c_attn", 2304), ("c_proj", 768)] {
            let name = format!("h.{layer}.attn.{part}");
            let stored = format!("{prefix}{name}.weight");
            let matrix = quantise_stored(&checkpoint, &stored, Channels::Last).unwrap();
            assert_eq!((matrix.inputs, matrix.outputs), (768, outputs));
            let shape = Shape { inputs: 768, outputs };
            let info = Rlwe::assess(&name, shape, &matrix.weights).unwrap();
            assert!(u64::from(info.t) > 2 * info.range_bound, "{name}: {info:?}");
            assert!(info.failure_log2 <= -128.0, "{name}: {info:?}");
        }
    }
}
