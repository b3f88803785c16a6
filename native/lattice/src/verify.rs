//! Detection of wrong products: Freivalds' check over the field of t elements.
//!
//! For secret uniform vectors v and a matrix W, a row x and claimed outputs y: `v·y = (vᵀW)·x (mod t)` always holds
//! for y = W·x. For any other y, `v·(y - W·x)` is uniform mod t (t is prime), so one vector accepts it with
//! probability 1/t, and two independent vectors with t⁻² (R. Freivalds, "Probabilistic machines can use less running
//! time", IFIP 1977). The vectors never leave the client. A caller that goes on after a failure would give a deviating
//! server further guesses; it must give up its key instead.

use crate::MatrixInfo;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Independent check vectors; the soundness error is t to the power of minus this number.
const VECTORS: usize = 2;

/// A client's secret check of the products with one matrix.
pub struct Verifier {
    inputs: usize,
    outputs: usize,
    t: u32,
    vectors: Vec<CheckVector>,
}

struct CheckVector {
    /// Uniform mod t, one per output.
    v: Zeroizing<Vec<u32>>,
    /// `vᵀW mod t`, one per input.
    u: Zeroizing<Vec<u32>>,
}

impl Verifier {
    /// Draws the vectors for the matrix with facts `info` and `weights` (row-major, `[outputs][inputs]`).
    ///
    /// Returns `None` when the weights do not fill the shape, or t is zero.
    pub fn new(info: &MatrixInfo, weights: &[i8], rng: &mut impl CryptoRng) -> Option<Self> {
        let (inputs, outputs, t) = (info.inputs as usize, info.outputs as usize, info.t);
        if inputs.checked_mul(outputs) != Some(weights.len()) || inputs == 0 || t == 0 {
            return None;
        }
        let vectors = (0..VECTORS)
            .map(|_| {
                // 64 random bits mod t < 2^26 differ from uniform by less than 2^-38.
                let v: Zeroizing<Vec<u32>> =
                    Zeroizing::new((0..outputs).map(|_| (rng.next_u64() % u64::from(t)) as u32).collect());
                // |sum| <= 2^14 outputs * 2^26 * 2^7 < 2^63.
                let mut sums = Zeroizing::new(vec![0i64; inputs]);
                for (&v_o, row) in v.iter().zip(weights.chunks_exact(inputs)) {
                    for (sum, &w) in sums.iter_mut().zip(row) {
                        *sum += i64::from(v_o) * i64::from(w);
                    }
                }
                let u = Zeroizing::new(sums.iter().map(|s| s.rem_euclid(i64::from(t)) as u32).collect());
                CheckVector { v, u }
            })
            .collect();
        Some(Self { inputs, outputs, t, vectors })
    }

    /// Whether `outputs` (`[count][outputs]`) are the products of `rows` (`[count][inputs]`).
    ///
    /// Right products are always accepted; each wrong row is accepted with probability at most
    /// 2^[`soundness_log2`](Self::soundness_log2). Time depends on the shapes alone.
    pub fn check(&self, rows: &[i8], outputs: &[i32], count: usize) -> bool {
        if Some(rows.len()) != self.inputs.checked_mul(count)
            || Some(outputs.len()) != self.outputs.checked_mul(count)
        {
            return false;
        }
        let t = i64::from(self.t);
        let mut good = true;
        for (x, y) in rows.chunks_exact(self.inputs).zip(outputs.chunks_exact(self.outputs)) {
            // Outputs are centred mod t, so equality mod t is equality.
            good &= y.iter().fold(true, |ok, &y| ok & (2 * i64::from(y).abs() < t));
            for CheckVector { v, u } in &self.vectors {
                // |terms| < 2^26 * 2^31 would overflow 2^63 after 2^6 of them only for y outside +-t/2: reduce y.
                let right = u.iter().zip(x).fold(0i64, |sum, (&u, &x)| sum + i64::from(u) * i64::from(x));
                let left = v.iter().zip(y).fold(0i128, |sum, (&v, &y)| sum + i128::from(v) * i128::from(y));
                good &= (left - i128::from(right)) % i128::from(t) == 0;
            }
        }
        good
    }

    /// log2 of the probability that a wrong row is accepted: `-2 log2 t`.
    pub fn soundness_log2(&self) -> f64 {
        -(VECTORS as f64) * f64::from(self.t).log2()
    }
}
