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
use crate::kernel::client as kernel;
use crate::modulus::Modulus;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Independent check vectors; the soundness error is t to the power of minus this number.
const VECTORS: usize = 2;

/// Products of a number below t and a centred one, both t < 2^26, whose sum fits 63 bits and a sign.
const TERMS: usize = 4096;

/// A client's secret check of the products with one matrix.
pub struct Verifier {
    inputs: usize,
    outputs: usize,
    modulus: Modulus,
    /// Uniform mod t, one per output.
    v: CheckVectors,
    /// `vᵀW mod t`, one per input.
    u: CheckVectors,
}

/// `VECTORS` vectors: their numbers mod t.
type CheckVectors = [Zeroizing<Vec<u32>>; VECTORS];

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
        // 64 random bits mod t < 2^26 differ from uniform by less than 2^-38.
        let v: CheckVectors = std::array::from_fn(|_| {
            Zeroizing::new((0..outputs).map(|_| modulus.reduce(rng.next_u64())).collect())
        });
        let u = v.each_ref().map(|v| {
            // |sum| <= 2^15 outputs * 2^26 * 2^7 < 2^63.
            let mut sums = Zeroizing::new(vec![0i64; inputs]);
            for (&v_o, row) in v.iter().zip(weights.chunks_exact(inputs)) {
                for (sum, &w) in sums.iter_mut().zip(row) {
                    *sum += i64::from(v_o) * i64::from(w);
                }
            }
            Zeroizing::new(sums.iter().map(|&sum| residue(&modulus, sum)).collect())
        });
        Some(Self { inputs, outputs, modulus, v, u })
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
            // Outputs are centred mod t, so equality mod t is equality. The sums of others may wrap.
            good &= y.iter().fold(true, |ok, &y| ok & (y.unsigned_abs() <= self.modulus.p / 2));
            good &= self.products(kernel::check_outputs, y, &self.v)
                == self.products(kernel::check_inputs, x, &self.u);
        }
        good
    }

    /// `sum a_i b_i mod t` for every vector b.
    fn products<T>(
        &self,
        sums_of: fn(&mut [i64; VECTORS], &[T], [&[u32]; VECTORS]),
        a: &[T],
        b: &CheckVectors,
    ) -> [u32; VECTORS] {
        let mut products = [0; VECTORS];
        let b = b[0].chunks(TERMS).zip(b[1].chunks(TERMS));
        for (a, (b0, b1)) in a.chunks(TERMS).zip(b) {
            let mut sums = [0; VECTORS];
            sums_of(&mut sums, a, [b0, b1]);
            for (product, sum) in products.iter_mut().zip(sums) {
                *product = self.modulus.add(*product, residue(&self.modulus, sum));
            }
        }
        products
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
