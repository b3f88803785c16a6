//! What tests of exact products share.

use lattice::{Rlwe, Scheme, Shape};
use rand_core::Rng;
use std::sync::LazyLock;

pub type Random = chacha20::ChaCha20Rng;

/// One client and its keys on the server.
pub static CLIENT: LazyLock<(<Rlwe as Scheme>::SecretKey, <Rlwe as Scheme>::EvaluationKeys)> =
    LazyLock::new(|| {
        let key = Rlwe::secret_key(&[42; 32]);
        let keys = Rlwe::parse_evaluation_keys(&Rlwe::evaluation_keys(&key)).unwrap();
        (key, keys)
    });

/// The products of rows with weights `[outputs][inputs]`: `[rows][outputs]`.
pub fn plain(shape: Shape, weights: &[i8], rows: &[i8]) -> Vec<i32> {
    let row = |x: &[i8]| -> Vec<i32> {
        let dot = |w: &[i8]| w.iter().zip(x).map(|(&w, &x)| i64::from(w) * i64::from(x)).sum::<i64>();
        weights.chunks_exact(shape.inputs).map(|w| i32::try_from(dot(w)).unwrap()).collect()
    };
    rows.chunks_exact(shape.inputs).flat_map(row).collect()
}

pub fn random_int8s(random: &mut Random, count: usize) -> Vec<i8> {
    (0..count).map(|_| ((random.next_u32() % 255) as i32 - 127) as i8).collect()
}

/// Fails at the first output that is not the product.
pub fn assert_exact(shape: Shape, weights: &[i8], rows: &[i8], outputs: &[i32]) {
    let expected = plain(shape, weights, rows);
    assert_eq!(outputs.len(), expected.len());
    let wrong = outputs.iter().zip(&expected).position(|(a, b)| a != b);
    assert_eq!(wrong, None, "first wrong output of {shape:?}");
}
