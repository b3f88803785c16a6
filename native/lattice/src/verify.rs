//! Detection of wrong products: Freivalds' check over the field of t elements.
//!
//! For secret uniform vectors v and a matrix W, a row x and claimed outputs y: `v·y = (vᵀW)·x (mod t)` always holds
//! for y = W·x. For any other y, `v·(y - W·x)` is uniform mod t (t is prime), so one vector accepts it with
//! probability 1/t, and two independent vectors with t⁻² (R. Freivalds, "Probabilistic machines can use less running
//! time", IFIP 1977). The vectors never leave the client. A caller that goes on after a failure would give a deviating
//! server further guesses; it must give up its key instead.

//!
//! The check takes no branch and no division from a row or an output.

use crate::MatrixInfo;
use crate::bounds;
use crate::modulus::Modulus;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Independent check vectors; the soundness error is t to the power of minus this number.
const VECTORS: usize = 2;

/// Products of two numbers below 2^26 whose sum fits 64 bits.
const TERMS: usize = 4096;

/// A client's secret check of the products with one matrix.
pub struct Verifier {
    inputs: usize,
    outputs: usize,
    modulus: Modulus,
    vectors: Vec<CheckVector>,
}

struct CheckVector {
    /// Uniform mod t, one per output.
    v: Zeroizing<Vec<u32>>,
    /// `vᵀW mod t`, one per input.
    u: Zeroizing<Vec<u32>>,
}

/// `sum mod t`: that of the 64 bits of a two's complement, less 2^64 if it is negative. (Compilers divide by branches.)
fn residue(modulus: &Modulus, sum: i64) -> u32 {
    let negative = (sum >> 63) as u32;
    let wrap = modulus.add(modulus.reduce(u64::MAX), 1) & negative;
    modulus.subtract(modulus.reduce(sum as u64), wrap)
}

impl Verifier {
    /// Draws the vectors for the matrix with facts `info` and `weights` (row-major, `[outputs][inputs]`).
    ///
    /// Returns `None` when the weights do not fill the shape, or the facts are not those of any matrix: t must be prime.
    pub fn new(info: &MatrixInfo, weights: &[i8], rng: &mut impl CryptoRng) -> Option<Self> {
        bounds::check_info(info).ok()?;
        let (inputs, outputs, t) = (info.inputs as usize, info.outputs as usize, info.t);
        if inputs.checked_mul(outputs) != Some(weights.len()) || !bounds::is_prime(t.into()) {
            return None;
        }
        let modulus = Modulus::new(t);
        let vectors = (0..VECTORS)
            .map(|_| {
                // 64 random bits mod t < 2^26 differ from uniform by less than 2^-38.
                let v: Zeroizing<Vec<u32>> =
                    Zeroizing::new((0..outputs).map(|_| modulus.reduce(rng.next_u64())).collect());
                // |sum| <= 2^15 outputs * 2^26 * 2^7 < 2^63.
                let mut sums = Zeroizing::new(vec![0i64; inputs]);
                for (&v_o, row) in v.iter().zip(weights.chunks_exact(inputs)) {
                    for (sum, &w) in sums.iter_mut().zip(row) {
                        *sum += i64::from(v_o) * i64::from(w);
                    }
                }
                let u = Zeroizing::new(sums.iter().map(|&sum| residue(&modulus, sum)).collect());
                CheckVector { v, u }
            })
            .collect();
        Some(Self { inputs, outputs, modulus, vectors })
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
        let mut good = true;
        for (x, y) in rows.chunks_exact(self.inputs).zip(outputs.chunks_exact(self.outputs)) {
            // Outputs are centred mod t, so equality mod t is equality.
            good &= y.iter().fold(true, |ok, &y| ok & (y.unsigned_abs() <= self.modulus.p / 2));
            for CheckVector { v, u } in &self.vectors {
                good &= self.dot(v, y.iter().copied()) == self.dot(u, x.iter().map(|&x| x.into()));
            }
        }
        good
    }

    /// `sum a_i b_i mod t`, for `b_i` between -t and t.
    fn dot(&self, a: &[u32], mut b: impl Iterator<Item = i32>) -> u32 {
        let m = &self.modulus;
        a.chunks(TERMS).fold(0, |sum, a| {
            let terms = a.iter().zip(b.by_ref());
            let residue = |b| u64::from(m.reduce_word(m.reduce_small(b)));
            m.add(sum, m.reduce(terms.map(|(&a, b)| u64::from(a) * residue(b)).sum()))
        })
    }

    /// log2 of the probability that a wrong row is accepted: `-2 log2 t`.
    pub fn soundness_log2(&self) -> f64 {
        -(VECTORS as f64) * f64::from(self.modulus.p).log2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residues_are_those_of_signed_sums() {
        let modulus = Modulus::new(7_623_311);
        for sum in [0, 1, -1, 7_623_311, -7_623_311, 1 << 40, -(1 << 40) - 3, i64::MAX, i64::MIN] {
            assert_eq!(i64::from(residue(&modulus, sum)), sum.rem_euclid(7_623_311), "{sum}");
        }
    }
}
