//! The negacyclic number-theoretic transform of degree N.
//!
//! Forward: Cooley-Tukey butterflies from natural to bit-reversed order; position j of the result holds the value at
//! `psi^(2*brv(j) + 1)`, with psi a primitive 2N-th root of unity and brv the reversal of 12 bits. Inverse:
//! Gentleman-Sande. Twiddles and lazy reductions follow P. Longa and M. Naehrig (ePrint 2016/504) and D. Harvey (2014).
//! Every stage has constant geometry (M. Pease, 1968): it reads positions i and i + N/2 and writes 2i and 2i + 1, so
//! that all stages are the same loop over vectors, and the order of the result is that of the in-place algorithm.

use crate::kernel;
use crate::modulus::{Factor, Modulus};
use crate::params::{LOG_N, N};

/// Twiddles of a stage are repeated to this many, so that no inner loop is shorter than a vector.
const LEAST_RUN: usize = 16;

/// Twiddles of one stage, and Shoup's quotients of them.
pub(crate) struct Stage {
    pub(crate) values: Vec<u32>,
    pub(crate) quotients: Vec<u32>,
}

/// The transform modulo one prime.
pub(crate) struct Ntt {
    pub(crate) modulus: Modulus,
    forward: Vec<Stage>,
    inverse: Vec<Stage>,
    /// `N^-1`.
    scale: Factor,
}

impl Ntt {
    /// Tables for a prime that is 1 modulo 2N.
    pub(crate) fn new(modulus: &Modulus) -> Self {
        let psi = modulus.root_of_unity(2 * N as u32);
        let stages = |root: u32| {
            (0..LOG_N)
                .map(|s| {
                    let factors: Vec<Factor> = (0..(1usize << s).max(LEAST_RUN))
                        .map(|i| {
                            let index = (1usize << s) + (i & ((1 << s) - 1));
                            let exponent = index.reverse_bits() >> (usize::BITS as usize - LOG_N);
                            modulus.factor(modulus.power(root, exponent as u64).into())
                        })
                        .collect();
                    Stage {
                        values: factors.iter().map(|f| f.value).collect(),
                        quotients: factors.iter().map(|f| f.quotient).collect(),
                    }
                })
                .collect()
        };
        Self {
            modulus: *modulus,
            forward: stages(psi),
            inverse: stages(modulus.invert(psi)),
            scale: modulus.factor(modulus.invert(N as u32).into()),
        }
    }

    /// Transforms N coefficients below p in place; values come out fully reduced.
    pub(crate) fn forward(&self, a: &mut [u32]) {
        let mut scratch = [0; N];
        for pair in self.forward.chunks_exact(2) {
            if let [even, odd] = pair {
                kernel::forward_stage(a, &mut scratch, even, &self.modulus);
                kernel::forward_stage(&scratch, a, odd, &self.modulus);
            }
        }
        kernel::normalize(a, &self.modulus);
    }

    /// Transforms N values below p back in place; coefficients come out fully reduced.
    pub(crate) fn inverse(&self, a: &mut [u32]) {
        let mut scratch = [0; N];
        for pair in self.inverse.rchunks_exact(2) {
            if let [even, odd] = pair {
                kernel::inverse_stage(a, &mut scratch, odd, &self.modulus);
                kernel::inverse_stage(&scratch, a, even, &self.modulus);
            }
        }
        kernel::scale(a, self.scale, &self.modulus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{MODULI, ntts};
    use crate::test_random::words;

    #[test]
    fn values_are_those_of_the_polynomial_in_bit_reversed_order() {
        for (ntt, m) in ntts().iter().zip(MODULI) {
            let a: Vec<u32> = words(1, N).map(|x| m.reduce_word(x)).collect();
            let mut values = a.clone();
            ntt.forward(&mut values);
            let psi = m.root_of_unity(2 * N as u32);
            for j in [0, 1, 2, 77, 2048, 4095] {
                let exponent = 2 * ((j as usize).reverse_bits() >> (usize::BITS as usize - LOG_N)) as u64 + 1;
                let x = m.power(psi, exponent);
                let value = a.iter().rev().fold(0, |sum, &c| m.add(m.multiply(sum, x), c));
                assert_eq!(values[j as usize], value);
            }
            ntt.inverse(&mut values);
            assert_eq!(values, a);
        }
    }

    #[test]
    fn products_are_negacyclic() {
        let (ntt, m) = (&ntts()[2], MODULI[2]);
        // (X^4095 + 2) * (X + 3) = -1 + 3 X^4095 + 2 X + 6
        let (mut a, mut b) = (vec![0; N], vec![0; N]);
        (a[0], a[N - 1], b[0], b[1]) = (2, 1, 3, 1);
        ntt.forward(&mut a);
        ntt.forward(&mut b);
        let mut c: Vec<u32> = a.iter().zip(&b).map(|(&a, &b)| m.multiply(a, b)).collect();
        ntt.inverse(&mut c);
        assert_eq!((c[0], c[1], c[N - 1]), (5, 2, 3));
        assert!(c[2..N - 1].iter().all(|&c| c == 0));
    }
}
