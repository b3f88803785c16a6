//! Secret keys, and the evaluation keys that a server multiplies with.
//!
//! From one 32-byte seed a client has three kinds of ternary secrets: `s` of dimension 4096, under which the server
//! computes; `r_0..r_3` of degree 512 each, under which requests are encrypted as module-LWE samples; and `u_0`, `u_1` of
//! degree 2048, under which responses come back. An evaluation key encrypts a multiple of one secret under another:
//!
//! | keys | encrypt | under | modulus | digits |
//! |---|---|---|---|---|
//! | 4 expansion keys | `r_k(X^8)` | `s` | q·P1 | 2, RNS |
//! | 19 rotation keys | `tau_k(s)`, k = 5^1..5^15, 5^256, 5^512, 5^768, 5^1024 | `s` | q·P1 | 2, RNS |
//! | 31 giant keys | `tau_k(s)`, k = ±5^(16 i) | `s` | q·P1·P2 | 1 |
//! | 2 ring keys | `s` | `u_0(X^2)` or `u_1(X^2)` | q | 4 of 14 bits |
//!
//! A ring key has one a-part and two b-parts, one under each `u`: the b-part under the other secret encrypts zero, so
//! that two blocks switched with the two keys add up to one a-part with two b-parts. (Hoisted key switching: S. Halevi
//! and V. Shoup, CRYPTO 2018; special primes: C. Gentry, S. Halevi, N. Smart, CRYPTO 2012; switching to a subring:
//! C. Gentry et al., ePrint 2012/240.)
//!
//! All of it is a function of the seed, errors included, so that the same keys sent again are the same bytes.
//!
//! **Secrets in memory.** Secrets, their transforms, errors and masks are zeroized when dropped. What
//! compilers keep of them in registers and on the stack is not.

use crate::FormatError;
use crate::automorphism::{
    GIANTS, INVERSE_ROTATION_PERMUTATIONS, ROTATIONS, apply_to_coefficients, giant, rotation,
};
use crate::bits::{Reader, Writer, packed_len};
use crate::buffer::Buffer;
use crate::format::{self, SCHEME_RLWE};
use crate::kernel::{self, LANES, TILES};
use crate::modulus::Modulus;
use crate::ntt::Ntt;
use crate::params::{
    LIMBS_Q, LIMBS_QP, LIMBS_QP1, MODULE_N, MODULI, N, P1, P2, PRIMES, RANK, RESPONSE_N, RING_DIGIT_BITS,
    RING_DIGITS, RNS_DIGITS, SHARED_BLOCKS, ntts,
};
use crate::poly::{Poly, conversions};
use crate::sampling::{Residues, derive, error, secret_stream, ternary, wide_error};
use rayon::prelude::*;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A client's secret key. Zeroized on drop; deliberately without `Debug` and `Clone`.
pub struct SecretKey {
    seed: Zeroizing<[u8; 32]>,
    /// `s`.
    s: Zeroizing<Vec<i8>>,
    /// `s` as values, in Montgomery form, modulo all four primes.
    pub(crate) s_values: Zeroizing<Poly>,
    /// `r_k`.
    request: Vec<Zeroizing<Vec<i8>>>,
    /// `r_k(X^8)` as values of a polynomial in X^8, in Montgomery form: `[k][prime]` of 512.
    pub(crate) request_values: Vec<[Zeroizing<Vec<u32>>; LIMBS_Q]>,
    /// `u_i(X^2)` as values of a polynomial in X^2, in Montgomery form: `[i][prime]` of 2048.
    pub(crate) response_values: Vec<[Zeroizing<Vec<u32>>; LIMBS_Q]>,
}

/// `p(X^step)` as coefficients of R.
fn spread(p: &[i8], step: usize) -> Zeroizing<Vec<i8>> {
    let mut out = Zeroizing::new(vec![0; p.len() * step]);
    for (out, &x) in out.iter_mut().step_by(step).zip(p) {
        *out = x;
    }
    out
}

fn widen(coefficients: &[i8]) -> Zeroizing<Vec<i32>> {
    Zeroizing::new(coefficients.iter().map(|&x| x.into()).collect())
}

/// Values, in Montgomery form, of a polynomial with small coefficients.
fn secret_values(limbs: usize, coefficients: &[i8]) -> Zeroizing<Poly> {
    let mut poly = Poly::from_signed(limbs, &widen(coefficients));
    poly.forward();
    Zeroizing::new(poly.into_montgomery())
}

/// Values by the transform `forward`, in Montgomery form, of a polynomial with small coefficients, modulo each prime of q.
fn values_of(coefficients: &[i8], forward: fn(&Ntt, &mut [u32])) -> [Zeroizing<Vec<u32>>; LIMBS_Q] {
    let values = |m: &Modulus, ntt: &Ntt| {
        let residues = coefficients.iter().map(|&x| m.reduce_small(x.into()));
        let mut values = Zeroizing::new(residues.collect::<Vec<u32>>());
        forward(ntt, &mut values);
        values.iter_mut().for_each(|x| *x = m.montgomery_form(*x));
        values
    };
    let ([m0, m1, ..], [ntt0, ntt1, ..]) = (&MODULI, ntts());
    [values(m0, ntt0), values(m1, ntt1)]
}

/// The values over R of a polynomial in X^2 whose values are `half`: each stands at two positions.
pub(crate) fn whole_values(half: &[Zeroizing<Vec<u32>>; LIMBS_Q]) -> Zeroizing<Poly> {
    let mut whole = Zeroizing::new(Poly::zero(LIMBS_Q));
    for (whole, half) in whole.limbs_mut().zip(half) {
        for (pair, &x) in whole.chunks_exact_mut(2).zip(half.iter()) {
            pair.fill(x);
        }
    }
    whole
}

impl SecretKey {
    /// The key that `seed` determines.
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        let secret = |label, index, n: usize| {
            let mut stream = secret_stream(seed, label, index);
            Zeroizing::new((0..n).map(|_| ternary(&mut stream)).collect::<Vec<i8>>())
        };
        let s = secret("sotto/lattice/1 s", 0, N);
        let request: Vec<_> = (0..RANK as u32).map(|k| secret("sotto/lattice/1 r", k, MODULE_N)).collect();
        let response: Vec<_> =
            (0..SHARED_BLOCKS as u32).map(|i| secret("sotto/lattice/1 u", i, RESPONSE_N)).collect();
        Self {
            seed: Zeroizing::new(*seed),
            s_values: secret_values(LIMBS_QP, &s),
            request_values: request.iter().map(|r| values_of(r, Ntt::forward_module)).collect(),
            response_values: response.iter().map(|u| values_of(u, Ntt::forward_half)).collect(),
            s,
            request,
        }
    }

    /// The secret that evaluation key `i` encrypts.
    fn source(&self, part: Part) -> Zeroizing<Vec<i8>> {
        let automorphism = |k| {
            let mut image = Zeroizing::new(vec![0; N]);
            apply_to_coefficients(k, &self.s, &mut image);
            image
        };
        match part {
            Part::Expansion { k, .. } => {
                self.request.get(k).map(|r| spread(r, N / MODULE_N)).unwrap_or_default()
            }
            Part::Rotation { i, .. } => automorphism(rotation(i)),
            Part::Giant { i } => automorphism(giant(i)),
            Part::Ring { .. } => self.s.clone(),
        }
    }
}

/// One a-part of the evaluation keys, with what it encrypts.
#[derive(Clone, Copy)]
enum Part {
    /// `r_k`, with the gadget of an RNS digit.
    Expansion { k: usize, digit: usize },
    /// `tau_k(s)`, k the i-th rotation, with the gadget of an RNS digit.
    Rotation { i: usize, digit: usize },
    /// `tau_k(s)`, k the i-th giant step.
    Giant { i: usize },
    /// `s` under `u_slot`, with the gadget of a digit.
    Ring { slot: usize, digit: usize },
}

const PARTS: usize =
    RNS_DIGITS * RANK + RNS_DIGITS * (ROTATIONS - 1) + (GIANTS - 1) + SHARED_BLOCKS * RING_DIGITS;

impl Part {
    /// All parts, in the order in which they are serialized.
    fn all() -> impl Iterator<Item = Self> {
        let expansion =
            (0..RANK).flat_map(|k| (0..RNS_DIGITS).map(move |digit| Self::Expansion { k, digit }));
        let rotations =
            (1..ROTATIONS).flat_map(|i| (0..RNS_DIGITS).map(move |digit| Self::Rotation { i, digit }));
        let giants = (1..GIANTS).map(|i| Self::Giant { i });
        let ring =
            (0..SHARED_BLOCKS).flat_map(|slot| (0..RING_DIGITS).map(move |digit| Self::Ring { slot, digit }));
        expansion.chain(rotations).chain(giants).chain(ring)
    }

    fn limbs(self) -> usize {
        match self {
            Self::Expansion { .. } | Self::Rotation { .. } => LIMBS_QP1,
            Self::Giant { .. } => LIMBS_QP,
            Self::Ring { .. } => LIMBS_Q,
        }
    }

    /// b-parts to the a-part.
    fn b_parts(self) -> usize {
        match self {
            Self::Expansion { .. } | Self::Rotation { .. } | Self::Giant { .. } => 1,
            Self::Ring { .. } => SHARED_BLOCKS,
        }
    }

    /// What the source secret is multiplied by, modulo each prime of the part.
    fn gadget(self) -> impl Fn(&Modulus) -> u32 {
        move |m| match self {
            Self::Expansion { digit, .. } | Self::Rotation { digit, .. } => {
                if PRIMES.get(digit) == Some(&m.p) { m.reduce(P1.into()) } else { 0 }
            }
            Self::Giant { .. } => m.reduce(u64::from(P1) * u64::from(P2)),
            Self::Ring { digit, .. } => m.reduce(1 << (RING_DIGIT_BITS * digit as u32)),
        }
    }

    /// Bytes of the b-parts.
    fn len(self) -> usize {
        PRIMES.iter().take(self.limbs()).map(|&p| packed_len(N, bits_of(p))).sum::<usize>() * self.b_parts()
    }

    /// The a-part, as coefficients: limb after limb from the stream of `seed` and the part's `index`.
    #[inline(never)] // tests/taint.supp names it
    fn a(self, seed: &[u8; 32], index: usize) -> Poly {
        Residues::new("sotto/lattice/1 key a", seed, index as u32).poly(self.limbs())
    }

    /// The b-parts, as coefficients: `-a·target + e + gadget·source`, for every target secret.
    fn b(self, key: &SecretKey, a: &Poly, index: usize) -> Vec<Poly> {
        let mut a = a.clone();
        a.forward();
        let source = self.source_poly(key);
        let mut stream = secret_stream(&key.seed, "sotto/lattice/1 key e", index as u32);
        (0..self.b_parts())
            .map(|i| {
                let (target, wide, encrypts) = match self {
                    Self::Ring { slot, .. } => (key.response_values.get(i), true, slot == i),
                    Self::Expansion { .. } | Self::Rotation { .. } | Self::Giant { .. } => {
                        (None, false, true)
                    }
                };
                let errors: Zeroizing<Vec<i32>> = Zeroizing::new(
                    (0..N).map(|_| if wide { wide_error(&mut stream) } else { error(&mut stream) }).collect(),
                );
                let mut b = Zeroizing::new(Poly::zero(self.limbs()));
                match target {
                    Some(u) => b.multiply_add(&a, &whole_values(u)),
                    None => b.multiply_add(&a, &key.s_values),
                }
                b.inverse();
                let mut out = Poly::from_signed(self.limbs(), &errors);
                for (((out, b), source), m) in out.limbs_mut().zip(b.limbs()).zip(source.limbs()).zip(&MODULI)
                {
                    for ((out, &b), &source) in out.iter_mut().zip(b).zip(source) {
                        let source = if encrypts { source } else { 0 };
                        *out = m.subtract(m.add(*out, source), b);
                    }
                }
                out
            })
            .collect()
    }

    /// `gadget·source`, as coefficients.
    fn source_poly(self, key: &SecretKey) -> Zeroizing<Poly> {
        let source = key.source(self);
        let mut poly = Zeroizing::new(Poly::from_signed(self.limbs(), &widen(&source)));
        let gadget = self.gadget();
        for (limb, m) in poly.limbs_mut().zip(&MODULI) {
            let gadget = gadget(m);
            for x in limb {
                *x = m.multiply(*x, gadget);
            }
        }
        poly
    }
}

fn bits_of(p: u32) -> u32 {
    p.ilog2() + 1
}

/// Bytes of serialized evaluation keys.
pub(crate) fn serialized_len() -> usize {
    format::KEYS_HEAD + 32 + Part::all().map(Part::len).sum::<usize>()
}

/// Serialized evaluation keys: head, public seed, and the b-parts of all parts in order, limb after limb as
/// coefficients, each packed in the bits of its prime.
pub(crate) fn serialize(key: &SecretKey) -> Vec<u8> {
    let seed = *derive(&key.seed, "sotto/lattice/1 key seed", 0);
    let mut bytes = format::keys_head(SCHEME_RLWE);
    bytes.extend(seed);
    let parts: Vec<(usize, Part)> = Part::all().enumerate().collect();
    let serialized: Vec<Vec<u8>> = parts
        .into_par_iter()
        .map(|(index, part)| {
            let mut bytes = Vec::with_capacity(part.len());
            for b in part.b(key, &part.a(&seed, index), index) {
                for (limb, m) in b.limbs().zip(&MODULI) {
                    let mut writer = Writer::new(&mut bytes);
                    writer.push_all(limb.iter().map(|&x| x.into()), bits_of(m.p));
                    writer.finish();
                }
            }
            bytes
        })
        .collect();
    serialized.into_iter().for_each(|part| bytes.extend(part));
    bytes
}

/// Expanded evaluation keys of the digits of one switch: values, in Montgomery form, in the order in which they are used:
/// `[limb][tile][digit][component][lane]`. Components are the b-parts (one, or for ring keys one under each response
/// secret) and then the a-part. Limbs are a cache line apart, so that they do not contend for the same cache sets.
#[derive(Clone)]
pub(crate) struct SwitchingKey {
    digits: usize,
    components: usize,
    /// The words of all keys.
    words: Arc<Buffer>,
    /// Where this one begins.
    start: usize,
}

impl SwitchingKey {
    /// The keys of parts' components, of as many parts each as `digits` says, in order.
    #[allow(clippy::indexing_slicing, reason = "places within the words that the parts add up to")]
    fn all(parts: &[(Part, Vec<Poly>)], digits: &[usize]) -> Vec<Self> {
        let total =
            parts.iter().map(|(part, polys)| part.limbs() * polys.len() * N + part.limbs() * LANES).sum();
        let mut words = Buffer::zero(total);
        let mut keys = Vec::with_capacity(digits.len());
        let (mut rest, mut start) = (parts, 0);
        for &digits in digits {
            let (group, tail) = rest.split_at(digits);
            rest = tail;
            let Some((part, polys)) = group.first() else { continue };
            let (limbs, components) = (part.limbs(), polys.len());
            let stride = digits * components * LANES;
            for (d, (_, polys)) in group.iter().enumerate() {
                for (c, poly) in polys.iter().enumerate() {
                    for (i, limb) in poly.limbs().enumerate() {
                        let target = &mut words[start + i * (TILES * stride + LANES)..];
                        let target = &mut target[(d * components + c) * LANES..];
                        for (target, tile) in target.chunks_mut(stride).zip(limb.as_chunks::<LANES>().0) {
                            target[..LANES].copy_from_slice(tile);
                        }
                    }
                }
            }
            keys.push((digits, components, start));
            start += limbs * (TILES * stride + LANES);
        }
        let words = Arc::new(words);
        let key = |(digits, components, start)| Self { digits, components, words: Arc::clone(&words), start };
        keys.into_iter().map(key).collect()
    }

    /// Words from one tile to the next.
    pub(crate) fn stride(&self) -> usize {
        self.digits * self.components * LANES
    }

    /// One limb of a digit's key: `[component][lane]` for every tile, at strides.
    pub(crate) fn limb(&self, i: usize, digit: usize) -> &[u32] {
        let start = self.start + i * (TILES * self.stride() + LANES);
        let words = self.words.get(start..).and_then(|words| words.get(..TILES * self.stride()));
        words.and_then(|words| words.get(digit * self.components * LANES..)).unwrap_or_default()
    }
}

/// A client's evaluation keys as the server computes with them.
pub struct EvaluationKeys {
    /// Digits `2k + digit`. Of these keys and the next, the limbs of q are divided by P1 already: what is left of the
    /// division of a sum is to subtract its remainder, divided by P1, too.
    pub(crate) expansion: SwitchingKey,
    /// `[ROTATIONS - 1]` of RNS digits, with the inverse of the rotation applied: a rotation is then key products, a
    /// rounding and one permutation of the sum, and all rotations of an input share its digits.
    pub(crate) rotations: Vec<SwitchingKey>,
    /// `[GIANTS - 1]` of one digit.
    pub(crate) giants: Vec<SwitchingKey>,
    /// Digits `[SHARED_BLOCKS][RING_DIGITS]`.
    pub(crate) ring: SwitchingKey,
}

impl EvaluationKeys {
    /// Checks and expands serialized keys.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let body = format::parse_keys_head(bytes, SCHEME_RLWE, serialized_len())?;
        let short =
            FormatError::Length { what: "evaluation keys", expected: serialized_len(), found: bytes.len() };
        let (seed, mut rest) = body.split_first_chunk::<32>().ok_or(short.clone())?;
        let mut pieces = Vec::with_capacity(PARTS);
        for (index, part) in Part::all().enumerate() {
            let (piece, tail) = rest.split_at_checked(part.len()).ok_or(short.clone())?;
            pieces.push((index, part, piece));
            rest = tail;
        }
        let parts = pieces
            .into_par_iter()
            .map(|(index, part, piece)| Ok((part, part.parse(seed, index, piece)?)))
            .collect::<Result<Vec<_>, _>>()?;
        let rotations = [RNS_DIGITS; ROTATIONS - 1];
        let digits = [&[RANK * RNS_DIGITS], &rotations[..], &[1; GIANTS - 1], &[SHARED_BLOCKS * RING_DIGITS]];
        let mut keys = SwitchingKey::all(&parts, &digits.concat()).into_iter();
        let first = keys.next().ok_or(short.clone())?;
        let rotations = keys.by_ref().take(ROTATIONS - 1).collect();
        let giants = keys.by_ref().take(GIANTS - 1).collect();
        Ok(Self { expansion: first, rotations, giants, ring: keys.next().ok_or(short)? })
    }

    /// Bytes held.
    pub(crate) fn memory(&self) -> usize {
        size_of_val::<[u32]>(&self.expansion.words)
    }
}

impl Part {
    /// The components of a serialized part: values, in Montgomery form.
    fn parse(self, seed: &[u8; 32], index: usize, bytes: &[u8]) -> Result<Vec<Poly>, FormatError> {
        let mut b = Vec::with_capacity(self.b_parts());
        for piece in bytes.chunks_exact(self.len() / self.b_parts()) {
            let mut poly = Poly::zero(self.limbs());
            let mut rest = piece;
            for (limb, m) in poly.limbs_mut().zip(&MODULI) {
                let (packed, tail) = rest.split_at(packed_len(N, bits_of(m.p)).min(rest.len()));
                rest = tail;
                let mut reader = Reader::new(packed);
                for (i, x) in limb.iter_mut().enumerate() {
                    *x = reader.pull(bits_of(m.p)) as u32;
                    if *x >= m.p {
                        return Err(FormatError::Coefficient { part: "evaluation keys", index: i });
                    }
                }
            }
            b.push(poly);
        }
        let expand = |mut poly: Poly| {
            poly.forward();
            if let Part::Rotation { i, .. } = self
                && let Some(permutation) = INVERSE_ROTATION_PERMUTATIONS.get(i)
            {
                let mut permuted = Poly::zero(self.limbs());
                for (target, source) in permuted.limbs_mut().zip(poly.limbs()) {
                    kernel::permute(source, 0, target, permutation);
                }
                poly = permuted;
            }
            let mut poly = poly.into_montgomery();
            if matches!(self, Part::Expansion { .. } | Part::Rotation { .. }) {
                for (i, (limb, m)) in poly.limbs_mut().zip(&MODULI).take(LIMBS_Q).enumerate() {
                    kernel::scale(limb, conversions().p1_inverse(i), m);
                }
            }
            poly
        };
        Ok(b.into_iter().chain([self.a(seed, index)]).map(expand).collect())
    }
}
