//! Polynomials of degree below N as residues modulo the primes of the chain.
#![allow(
    clippy::indexing_slicing,
    reason = "limb numbers are constants of the callers, below the limbs of the polynomial"
)]

use crate::kernel;
use crate::modulus::Factor;
use crate::params::{LIMBS_Q, LIMBS_QP1, MODULI, N, P1, P2, Q, Q0, RNS_DIGITS, ntts};
use std::sync::LazyLock;
use zeroize::Zeroize;

/// Words from one limb to the next. Not a power of two: limbs at equal addresses modulo 4096 would contend for the same
/// cache sets.
const STRIDE: usize = N + kernel::LANES;

/// The limb of P1: the one after those of q.
const P1_LIMB: usize = LIMBS_Q;
/// The limb of P2.
const P2_LIMB: usize = LIMBS_QP1;

/// Residues of a polynomial, limb after limb, as coefficients or as values of the transform.
#[derive(Clone)]
pub(crate) struct Poly {
    words: Vec<u32>,
}

impl Zeroize for Poly {
    fn zeroize(&mut self) {
        self.words.zeroize();
    }
}

/// Constants that carry residues between the primes.
struct Conversions {
    /// `Q0^-1 mod Q1`.
    q0_inverse: Factor,
    /// `Q0` modulo P1 and P2.
    q0: [Factor; 2],
    /// `divisor^-1` modulo every earlier prime, for the divisors P1 and P2.
    divisor_inverse: [[Factor; 3]; 2],
    /// `P1 * P2` modulo Q0 and Q1.
    special: [Factor; 2],
}

static CONVERSIONS: LazyLock<Conversions> = LazyLock::new(|| {
    let [m0, m1, m2, m3] = &MODULI;
    // P1 is inverted modulo Q0 and Q1 alone; its factor modulo itself is 0 and not used.
    let inverses = |divisor: u32| [m0, m1, m2].map(|m| m.factor(m.invert(m.reduce_word(divisor)).into()));
    Conversions {
        q0_inverse: m1.factor(m1.invert(Q0).into()),
        q0: [m2.factor(Q0.into()), m3.factor(Q0.into())],
        divisor_inverse: [inverses(P1), inverses(P2)],
        special: [m0, m1].map(|m| m.factor(u64::from(P1) * u64::from(P2))),
    }
});

impl Poly {
    /// The zero polynomial.
    pub(crate) fn zero(limbs: usize) -> Self {
        Self { words: vec![0; limbs * STRIDE] }
    }

    /// The polynomial whose coefficients are `coefficients`, of absolute values below every prime.
    pub(crate) fn from_signed(limbs: usize, coefficients: impl Iterator<Item = i32> + Clone) -> Self {
        let mut poly = Self::zero(limbs);
        for (limb, m) in poly.limbs_mut().zip(&MODULI) {
            for (out, x) in limb.iter_mut().zip(coefficients.clone()) {
                *out = m.reduce_small(x);
            }
        }
        poly
    }

    pub(crate) fn limbs(&self) -> impl Iterator<Item = &[u32]> {
        self.words.chunks_exact(STRIDE).map(|limb| &limb[..N])
    }

    pub(crate) fn limbs_mut(&mut self) -> impl Iterator<Item = &mut [u32]> {
        self.words.chunks_exact_mut(STRIDE).map(|limb| &mut limb[..N])
    }

    pub(crate) fn limb(&self, i: usize) -> &[u32] {
        &self.words[i * STRIDE..][..N]
    }

    pub(crate) fn limb_mut(&mut self, i: usize) -> &mut [u32] {
        &mut self.words[i * STRIDE..][..N]
    }

    /// Bytes held.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(self.words.as_slice())
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
            for x in limb {
                *x = m.montgomery_form(*x);
            }
        }
        self
    }

    /// `self += a * b`, on values, `b` in Montgomery form.
    pub(crate) fn multiply_add(&mut self, a: &Self, b: &Self) {
        for (((limb, a), b), m) in self.limbs_mut().zip(a.limbs()).zip(b.limbs()).zip(&MODULI) {
            kernel::multiply_add(limb, a, b, m);
        }
    }

    /// `self += a`, on the limbs that `a` has.
    pub(crate) fn add(&mut self, a: &Self) {
        for ((limb, a), m) in self.limbs_mut().zip(a.limbs()).zip(&MODULI) {
            kernel::add(limb, a, m);
        }
    }

    /// Multiplies a polynomial over q by P1·P2.
    pub(crate) fn scale_by_special(&mut self) {
        for ((limb, m), &factor) in self.limbs_mut().zip(&MODULI).zip(&CONVERSIONS.special) {
            kernel::scale(limb, factor, m);
        }
    }

    /// Divides a polynomial over q·P1, given and returned as values, by P1 and rounds; the result is over q.
    pub(crate) fn divide_values_by_p1(mut self) -> Self {
        ntts()[P1_LIMB].inverse(self.limb_mut(P1_LIMB));
        let (rest, divisor) = self.words.split_at_mut(P1_LIMB * STRIDE);
        let mut lifted = [0; N];
        for (i, limb) in rest.chunks_exact_mut(STRIDE).enumerate() {
            kernel::lift(&divisor[..N], &mut lifted, &MODULI[P1_LIMB], &MODULI[i]);
            ntts()[i].forward(&mut lifted);
            let inverse = CONVERSIONS.divisor_inverse[0][i];
            kernel::subtract_scale(&mut limb[..N], &lifted, inverse, &MODULI[i]);
        }
        self.words.truncate(P1_LIMB * STRIDE);
        self
    }

    /// Divides a polynomial over q·P1·P2, given and returned as coefficients, by P1·P2 and rounds (twice: by P2, then by
    /// P1); the result is over q.
    pub(crate) fn divide_by_special(mut self) -> Self {
        let mut lifted = [0; N];
        for last in [P2_LIMB, P1_LIMB] {
            let (rest, divisor) = self.words.split_at_mut(last * STRIDE);
            for (i, limb) in rest.chunks_exact_mut(STRIDE).enumerate() {
                kernel::lift(&divisor[..N], &mut lifted, &MODULI[last], &MODULI[i]);
                let inverse = CONVERSIONS.divisor_inverse[last - P1_LIMB][i];
                kernel::subtract_scale(&mut limb[..N], &lifted, inverse, &MODULI[i]);
            }
            self.words.truncate(last * STRIDE);
        }
        self
    }

    /// The RNS digits of a polynomial over q, given as coefficients: for each prime of q, the centred residues, over
    /// q·P1, as values. (The gadget of a digit is 1 modulo its own prime and 0 modulo the other: J.-C. Bajard et al.,
    /// ePrint 2016/510.)
    pub(crate) fn rns_digits(&self) -> [Self; RNS_DIGITS] {
        [0, 1].map(|digit| {
            let mut out = Self::zero(LIMBS_QP1);
            for (i, limb) in out.limbs_mut().enumerate() {
                if i == digit {
                    limb.copy_from_slice(self.limb(digit));
                } else {
                    kernel::lift(self.limb(digit), limb, &MODULI[digit], &MODULI[i]);
                }
            }
            out.forward();
            out
        })
    }

    /// The residues modulo P1 and P2 of a polynomial over q, given as coefficients in 0..q and returned as values.
    pub(crate) fn extend_to_special(mut self) -> [Vec<u32>; 2] {
        let (x0, x1) = self.words.split_at_mut(STRIDE);
        kernel::mixed_radix(&x0[..N], &mut x1[..N], CONVERSIONS.q0_inverse, &MODULI[1]);
        [0, 1].map(|i| {
            let mut out = vec![0; N];
            kernel::extend(&x0[..N], &x1[..N], &mut out, CONVERSIONS.q0[i], &MODULI[P1_LIMB + i]);
            ntts()[P1_LIMB + i].forward(&mut out);
            out
        })
    }

    /// The coefficients of a polynomial over q, in 0..q.
    pub(crate) fn compose(&self) -> impl Iterator<Item = u64> {
        self.limb(0).iter().zip(self.limb(1)).map(|(&x0, &x1)| compose(x0, x1))
    }
}

/// The number in 0..q with the residues `x0`, `x1` (Chinese remainder theorem). Constant time.
pub(crate) fn compose(x0: u32, x1: u32) -> u64 {
    let q1 = &MODULI[1];
    let digit = q1.multiply_by(x1 + q1.p - q1.reduce_word(x0), CONVERSIONS.q0_inverse);
    u64::from(x0) + u64::from(Q0) * u64::from(digit)
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
            let mut poly = Poly::zero(4);
            for (limb, m) in poly.limbs_mut().zip(&MODULI) {
                limb[0] = x.rem_euclid(m.p.into()) as u32;
            }
            let quotient = centre(poly.divide_by_special().compose().next().unwrap());
            let exact = x as f64 / (f64::from(P1) * f64::from(P2));
            prop_assert!((quotient as f64 - exact).abs() <= 0.5001);
        }

        #[test]
        fn digits_recombine(x in 0..Q) {
            let mut poly = Poly::zero(2);
            (poly.limb_mut(0)[5], poly.limb_mut(1)[5]) = (MODULI[0].reduce(x), MODULI[1].reduce(x));
            for (i, mut digit) in poly.rns_digits().into_iter().enumerate() {
                digit.inverse();
                prop_assert_eq!(digit.limb(i)[5], poly.limb(i)[5]);
                let residue = i64::from(poly.limb(i)[5]);
                let q = i64::from(MODULI[i].p);
                let centred = if residue > q / 2 { residue - q } else { residue };
                prop_assert_eq!(i64::from(digit.limb(2)[5]), centred.rem_euclid(P1.into()));
            }
            let [mut p1, mut p2] = poly.extend_to_special();
            ntts()[2].inverse(&mut p1);
            ntts()[3].inverse(&mut p2);
            prop_assert_eq!((u64::from(p1[5]), u64::from(p2[5])), (x % u64::from(P1), x % u64::from(P2)));
        }
    }
}
