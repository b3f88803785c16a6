//! Arithmetic modulo a prime below 2^30, in 32-bit words and without branches on values.
//!
//! Sums of products are reduced by Montgomery's method (P. Montgomery, "Modular multiplication without trial division",
//! 1985); products with a fixed factor by Shoup's (V. Shoup's NTL; D. Harvey, "Faster arithmetic for number-theoretic
//! transforms", 2014).

/// A prime with the constants of its reductions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modulus {
    /// The prime.
    pub(crate) p: u32,
    /// `p^-1 mod 2^32`.
    pub(crate) inverse: u32,
    /// `floor(2^32 / p)`: Shoup's quotient of 1.
    pub(crate) one_quotient: u32,
    /// `2^64 mod p`: factor into Montgomery form.
    montgomery_square: u32,
}

/// A fixed factor with Shoup's quotient.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factor {
    /// The factor, below p.
    pub(crate) value: u32,
    /// `floor(value * 2^32 / p)`.
    pub(crate) quotient: u32,
}

/// `x` or `x - m`, the one in `0..m`, for `x` below `2m`.
#[inline(always)]
pub(crate) fn subtract_once(x: u32, m: u32) -> u32 {
    x.min(x.wrapping_sub(m))
}

#[inline(always)]
fn high(a: u32, b: u32) -> u32 {
    ((u64::from(a) * u64::from(b)) >> 32) as u32
}

impl Modulus {
    /// Constants for an odd prime `p` below 2^30.
    pub(crate) const fn new(p: u32) -> Self {
        assert!(p % 2 == 1 && p < 1 << 30);
        // Newton's iteration doubles the right low bits: 3, 6, 12, 24, 48.
        let mut inverse = p;
        let mut i = 0;
        while i < 4 {
            inverse = inverse.wrapping_mul(2u32.wrapping_sub(p.wrapping_mul(inverse)));
            i += 1;
        }
        let square = ((1u128 << 64) % p as u128) as u32;
        Self { p, inverse, one_quotient: ((1u64 << 32) / p as u64) as u32, montgomery_square: square }
    }

    /// `x * 2^-32 mod p`, fully reduced, for any `x`.
    #[inline(always)]
    pub(crate) fn montgomery_reduce(&self, x: u64) -> u32 {
        let (x_high, x_low) = ((x >> 32) as u32, x as u32);
        let quotient = high(x_high, self.one_quotient);
        let x_high = x_high.wrapping_sub(quotient.wrapping_mul(self.p)); // below 2p
        let m = high(x_low.wrapping_mul(self.inverse), self.p); // below p
        let r = x_high + self.p - m; // below 3p
        subtract_once(subtract_once(r, 2 * self.p), self.p)
    }

    /// `a * b * 2^-32 mod p`, fully reduced, for `a * b` below `2^32 p`.
    #[inline(always)]
    pub(crate) fn montgomery_multiply(&self, a: u32, b: u32) -> u32 {
        let x = u64::from(a) * u64::from(b);
        let m = high((x as u32).wrapping_mul(self.inverse), self.p);
        subtract_once(((x >> 32) as u32) + self.p - m, self.p)
    }

    /// `x * 2^32 mod p`.
    #[inline(always)]
    pub(crate) fn montgomery_form(&self, x: u32) -> u32 {
        self.montgomery_multiply(x, self.montgomery_square)
    }

    /// `x mod p` for any `x`.
    #[inline(always)]
    pub(crate) fn reduce(&self, x: u64) -> u32 {
        self.montgomery_form(self.montgomery_reduce(x))
    }

    /// `x mod p` for a signed `x` of absolute value below p.
    #[inline(always)]
    pub(crate) fn reduce_small(&self, x: i32) -> u32 {
        (x as u32).wrapping_add(((x >> 31) as u32) & self.p)
    }

    /// `x mod p`, fully reduced, for any 32-bit `x`.
    #[inline(always)]
    pub(crate) fn reduce_word(&self, x: u32) -> u32 {
        subtract_once(x.wrapping_sub(high(x, self.one_quotient).wrapping_mul(self.p)), self.p)
    }

    /// `a * b mod p` for `a`, `b` below p.
    #[inline(always)]
    pub(crate) fn multiply(&self, a: u32, b: u32) -> u32 {
        self.reduce(u64::from(a) * u64::from(b))
    }

    /// `a + b mod p` for `a`, `b` below p.
    #[inline(always)]
    pub(crate) fn add(&self, a: u32, b: u32) -> u32 {
        subtract_once(a + b, self.p)
    }

    /// `a - b mod p` for `a`, `b` below p.
    #[inline(always)]
    pub(crate) fn subtract(&self, a: u32, b: u32) -> u32 {
        subtract_once(a + self.p - b, self.p)
    }

    /// `base^exponent mod p`; the exponent is public.
    pub(crate) fn power(&self, base: u32, mut exponent: u64) -> u32 {
        let (mut result, mut square) = (1, base);
        while exponent != 0 {
            if exponent & 1 == 1 {
                result = self.multiply(result, square);
            }
            square = self.multiply(square, square);
            exponent >>= 1;
        }
        result
    }

    /// `x^-1 mod p` for a public `x` that p does not divide.
    pub(crate) fn invert(&self, x: u32) -> u32 {
        self.power(self.reduce(x.into()), u64::from(self.p) - 2)
    }

    /// The fixed factor `value mod p`.
    pub(crate) fn factor(&self, value: u64) -> Factor {
        let value = self.reduce(value);
        Factor { value, quotient: ((u64::from(value) << 32) / u64::from(self.p)) as u32 }
    }

    /// `x * factor mod p`, below `2p`, for any 32-bit `x`.
    #[inline(always)]
    pub(crate) fn multiply_lazy(&self, x: u32, factor: Factor) -> u32 {
        let quotient = high(x, factor.quotient);
        x.wrapping_mul(factor.value).wrapping_sub(quotient.wrapping_mul(self.p))
    }

    /// `x * factor mod p`, fully reduced, for any 32-bit `x`.
    #[inline(always)]
    pub(crate) fn multiply_by(&self, x: u32, factor: Factor) -> u32 {
        subtract_once(self.multiply_lazy(x, factor), self.p)
    }

    /// A primitive root of unity of order `order`, a power of two that divides `p - 1`.
    pub(crate) fn root_of_unity(&self, order: u32) -> u32 {
        let exponent = u64::from((self.p - 1) / order);
        // A square root of -1 to the power 2/order: any non-residue gives one.
        (2..self.p)
            .map(|x| self.power(x, exponent))
            .find(|&root| self.power(root, u64::from(order / 2)) == self.p - 1)
            .unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use crate::params::MODULI;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reductions_agree_with_division(x: u64, a: u32, b: u32) {
            for m in MODULI {
                let p = u64::from(m.p);
                prop_assert_eq!(u64::from(m.reduce(x)), x % p);
                prop_assert_eq!(u64::from(m.reduce_word(a)), u64::from(a) % p);
                let (a, b) = (a % m.p, b % m.p);
                prop_assert_eq!(u64::from(m.multiply(a, b)), u64::from(a) * u64::from(b) % p);
                prop_assert_eq!(m.montgomery_multiply(m.montgomery_form(a), b), m.multiply(a, b));
                prop_assert_eq!(u64::from(m.add(a, b)), (u64::from(a) + u64::from(b)) % p);
                prop_assert_eq!(m.add(m.subtract(a, b), b), a);
                prop_assert_eq!(m.multiply_by(a, m.factor(b.into())), m.multiply(a, b));
                let small = a as i32 - b as i32;
                prop_assert_eq!(m.reduce_small(small), m.subtract(a, b));
                if a != 0 {
                    prop_assert_eq!(m.multiply(a, m.invert(a)), 1);
                }
            }
        }
    }

    #[test]
    fn extreme_sums_reduce() {
        for m in MODULI {
            for x in [0, 1, u64::from(m.p), u64::MAX, u64::MAX - 1, 16 * u64::from(m.p - 1).pow(2)] {
                assert_eq!(u64::from(m.reduce(x)), x % u64::from(m.p));
            }
        }
    }
}
