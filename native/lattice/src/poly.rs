//! Polynomials of degree below N as residues modulo the primes of the chain.
#![allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "limb numbers are constants of the callers, below the limbs of the polynomial"
)]

use crate::buffer::{Buffer, Scratch};
use crate::kernel::{self, Extension};
use crate::modulus::Factor;
use crate::ntt::Scale;
use crate::params::{LIMBS_Q, LIMBS_QP1, MODULI, N, P1, P2, Q, Q0, Q1, ntts};
use crate::simd::LINE;
use std::sync::LazyLock;
use zeroize::{Zeroize, Zeroizing};

/// Words from one limb to the next. Not a power of two: limbs at equal addresses modulo 4096 would contend for the same
/// cache sets.
pub(crate) const STRIDE: usize = N + LINE;

/// The limb of P1: the one after those of q.
pub(crate) const P1_LIMB: usize = LIMBS_Q;
/// The limb of P2.
const P2_LIMB: usize = LIMBS_QP1;

/// Residues of a polynomial, limb after limb, as coefficients or as values of the transform.
#[derive(Clone)]
pub(crate) struct Poly {
    words: Buffer,
    limbs: usize,
}

impl Zeroize for Poly {
    fn zeroize(&mut self) {
        self.words.zeroize();
    }
}

/// Constants that carry residues between the primes.
pub(crate) struct Conversions {
    /// `Q0^-1 mod Q1`.
    q0_inverse: Factor,
    /// For each prime of q, the inverse of the other one: what takes its values to coefficients in the basis of `extend`.
    basis: [Scale; 2],
    /// To P1 and P2.
    extensions: [Extension; 2],
    /// `divisor^-1` modulo every earlier prime, for the divisors P1 and P2.
    divisor_inverse: [[Factor; 3]; 2],
    /// `P1 * P2` modulo Q0 and Q1, and P2 modulo P1.
    special: [Factor; 3],
}

/// The constants, made at first use.
pub(crate) fn conversions() -> &'static Conversions {
    &CONVERSIONS
}

impl Conversions {
    /// `P1^-1` modulo prime i of q.
    pub(crate) fn p1_inverse(&self, i: usize) -> Factor {
        self.divisor_inverse[0][i]
    }

    /// `P1·P2` modulo prime i of q, and P2 modulo P1: what takes limbs over q to limbs over q·P1·P2, and those over q·P1 that
    /// are divided by P1 where they are over q.
    pub(crate) fn special(&self, i: usize) -> Factor {
        self.special[i]
    }

    /// A polynomial over q, given as values, modulo the special primes: its coefficients are `y0 Q1 + y1 Q0 - q`, with
    /// `y0 = x0 / Q1 mod Q0` and `y1 = x1 / Q0 mod Q1` for the residues x0, x1. They lie in -q..q and are those modulo q; for
    /// the digit of a key switch that is as good as one of the two that are in -q/2..q/2, and takes half of the time. (Fast
    /// base extension: J.-C. Bajard et al., ePrint 2016/510.) What comes out is below four times the prime, as `Ntt::forward`
    /// takes it. The values of a limb come in pieces (see `Ntt::inverse_of`).
    pub(crate) fn extend(&self, limbs: [&[&[u32]]; 2], out: [&mut [u32]; 2]) {
        let mut coefficients = Scratch::take(LIMBS_Q * STRIDE);
        let [y0, y1] = two_limbs_mut(&mut coefficients, 0, 1);
        ntts()[0].inverse_of(limbs[0], y0, &self.basis[0]);
        ntts()[1].inverse_of(limbs[1], y1, &self.basis[1]);
        kernel::extend(out, [y0, y1], &self.extensions);
    }

    /// The numbers in 0..q with the residues `x0`, `x1`.
    pub(crate) fn compose(&self, x0: &[u32], x1: &[u32], target: &mut [u64]) {
        kernel::compose(x0, x1, target, &MODULI[0], self.q0_inverse, &MODULI[1]);
    }
}

/// Divides limbs over q·P1·P2, given and returned as coefficients, by P1·P2 and rounds (twice: by P2, then by P1); the
/// result is in the limbs of q.
pub(crate) fn divide_by_special(words: &mut [u32]) {
    for last in [P2_LIMB, P1_LIMB] {
        let (rest, divisor) = words.split_at_mut(last * STRIDE);
        for i in 0..last {
            let inverse = CONVERSIONS.divisor_inverse[last - P1_LIMB][i];
            kernel::subtract_lifted(limb_mut(rest, i), &divisor[..N], &MODULI[last], &MODULI[i], inverse);
        }
    }
}

static CONVERSIONS: LazyLock<Conversions> = LazyLock::new(|| {
    let [m0, m1, m2, m3] = &MODULI;
    // P1 is inverted modulo Q0 and Q1 alone; its factor modulo itself is 0 and not used.
    let inverses = |divisor: u32| [m0, m1, m2].map(|m| m.factor(m.invert(m.reduce_word(divisor)).into()));
    Conversions {
        q0_inverse: m1.factor(m1.invert(Q0).into()),
        basis: [
            ntts()[0].scale_by(m0.invert(m0.reduce_word(Q1))),
            ntts()[1].scale_by(m1.invert(m1.reduce_word(Q0))),
        ],
        extensions: [m2, m3].map(|to| Extension {
            to: *to,
            factors: [to.factor(Q1.into()), to.factor(Q0.into())],
            offset: to.subtract(0, to.reduce(Q)),
        }),
        divisor_inverse: [inverses(P1), inverses(P2)],
        special: [
            m0.factor(u64::from(P1) * u64::from(P2)),
            m1.factor(u64::from(P1) * u64::from(P2)),
            m2.factor(P2.into()),
        ],
    }
});

impl Poly {
    /// The zero polynomial.
    pub(crate) fn zero(limbs: usize) -> Self {
        Self { words: Buffer::zero(limbs * STRIDE), limbs }
    }

    /// The polynomial whose coefficients are `coefficients`, of absolute values below every prime.
    pub(crate) fn from_signed(limbs: usize, coefficients: &[i32]) -> Self {
        let mut poly = Self::zero(limbs);
        for (limb, m) in poly.limbs_mut().zip(&MODULI) {
            kernel::reduce_signed(coefficients, limb, m);
        }
        poly
    }

    pub(crate) fn limbs(&self) -> impl Iterator<Item = &[u32]> {
        self.words.chunks_exact(STRIDE).take(self.limbs).map(|limb| &limb[..N])
    }

    pub(crate) fn limbs_mut(&mut self) -> impl Iterator<Item = &mut [u32]> {
        self.words.chunks_exact_mut(STRIDE).take(self.limbs).map(|limb| &mut limb[..N])
    }

    pub(crate) fn limb(&self, i: usize) -> &[u32] {
        &self.words[i * STRIDE..][..N]
    }

    pub(crate) fn limb_mut(&mut self, i: usize) -> &mut [u32] {
        &mut self.words[i * STRIDE..][..N]
    }

    /// From coefficients to values.
    pub(crate) fn forward(&mut self) {
        for (limb, ntt) in self.limbs_mut().zip(ntts()) {
            ntt.forward(limb);
        }
    }

    /// From values to coefficients.
    pub(crate) fn inverse(&mut self) {
        for (limb, ntt) in self.limbs_mut().zip(ntts()) {
            ntt.inverse(limb);
        }
    }

    /// Multiplies by 2^32, so that kernels may take the polynomial as their factor in Montgomery form.
    pub(crate) fn into_montgomery(mut self) -> Self {
        for (limb, m) in self.limbs_mut().zip(&MODULI) {
            kernel::scale(limb, m.factor(1 << 32), m);
        }
        self
    }

    /// `self += a * b`, on values, `b` in Montgomery form.
    pub(crate) fn multiply_add(&mut self, a: &Self, b: &Self) {
        for (((limb, a), b), m) in self.limbs_mut().zip(a.limbs()).zip(b.limbs()).zip(&MODULI) {
            kernel::multiply_add(limb, a, b, m);
        }
    }
}

/// The product over q of `a` with a secret, both given as values, the secret's in Montgomery form; as coefficients.
pub(crate) fn product(a: &Poly, secret: &Poly) -> Zeroizing<Poly> {
    let mut product = Zeroizing::new(Poly::zero(LIMBS_Q));
    product.multiply_add(a, secret);
    product.inverse();
    product
}

/// Limb i of scratch space with limbs at strides of `STRIDE`.
pub(crate) fn limb(words: &[u32], i: usize) -> &[u32] {
    &words[i * STRIDE..][..N]
}

/// Limb i, to write.
pub(crate) fn limb_mut(words: &mut [u32], i: usize) -> &mut [u32] {
    &mut words[i * STRIDE..][..N]
}

/// Limbs `i < j`, to write.
pub(crate) fn two_limbs_mut(words: &mut [u32], i: usize, j: usize) -> [&mut [u32]; 2] {
    let (low, high) = words.split_at_mut(j * STRIDE);
    [limb_mut(low, i), &mut high[..N]]
}

/// The number in 0..q with the residues `x0`, `x1` (Chinese remainder theorem). Constant time.
#[cfg(test)]
pub(crate) fn compose(x0: u32, x1: u32) -> u64 {
    kernel::compose_residues(x0, x1, &MODULI[0], CONVERSIONS.q0_inverse, &MODULI[1])
}

/// The representative in -q/2..q/2 of a number in 0..q. Constant time.
pub(crate) fn centre(x: u64) -> i64 {
    let x = x as i64;
    let over = ((Q / 2) as i64 - x) >> 63;
    x - (over & Q as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn compositions_have_the_residues(x in 0..Q) {
            let residues = [MODULI[0].reduce(x), MODULI[1].reduce(x)];
            prop_assert_eq!(compose(residues[0], residues[1]), x);
            let centred = centre(x);
            prop_assert!(centred.unsigned_abs() <= Q / 2);
            prop_assert_eq!(centred.rem_euclid(Q as i64) as u64, x);
        }

        #[test]
        fn division_by_the_special_primes_rounds(x in -(1i128 << 100)..(1i128 << 100)) {
            let mut words = vec![0; 4 * STRIDE];
            for (i, m) in MODULI.iter().enumerate() {
                limb_mut(&mut words, i)[0] = x.rem_euclid(m.p.into()) as u32;
            }
            divide_by_special(&mut words);
            let quotient = centre(compose(limb(&words, 0)[0], limb(&words, 1)[0]));
            let exact = x as f64 / (f64::from(P1) * f64::from(P2));
            prop_assert!((quotient as f64 - exact).abs() <= 0.5001);
        }

        #[test]
        fn residues_are_extended_and_lifted(x in 0..Q) {
            let mut words = vec![0; 2 * STRIDE];
            let residues = [MODULI[0].reduce(x), MODULI[1].reduce(x)];
            (limb_mut(&mut words, 0)[5], limb_mut(&mut words, 1)[5]) = (residues[0], residues[1]);
            let mut out = vec![0; N];
            for (i, m) in MODULI.iter().enumerate().take(LIMBS_Q) {
                kernel::lift(limb(&words, i), &mut out, m, &MODULI[P1_LIMB], MODULI[P1_LIMB].factor(1));
                let (residue, q) = (i64::from(residues[i]), i64::from(m.p));
                let centred = if residue > q / 2 { residue - q } else { residue };
                prop_assert_eq!(i64::from(out[5] % P1), centred.rem_euclid(P1.into()));
            }
            for (i, ntt) in ntts().iter().enumerate().take(LIMBS_Q) {
                ntt.forward(limb_mut(&mut words, i));
            }
            let mut special = vec![0; 2 * STRIDE];
            let limbs = [0, 1].map(|i| limb(&words, i));
            let pieces = limbs.each_ref().map(std::slice::from_ref);
            conversions().extend(pieces, two_limbs_mut(&mut special, 0, 1));
            // The number of absolute value below q, x or x - q, is the same for both primes.
            let agrees = |number: i64| [P1, P2].into_iter().enumerate().all(|(i, p)| {
                let found = limb(&special, i)[5];
                u64::from(found) < 4 * u64::from(p) && i64::from(found % p) == number.rem_euclid(p.into())
            });
            prop_assert!(agrees(x as i64) || agrees(x as i64 - Q as i64));
        }
    }
}
