//! Step 1: ciphertexts of the inputs, under `s`.

use super::{COMPONENTS, remainder_of_p1};
use crate::buffer::Scratch;
use crate::encrypt::{Public, packed_public};
use crate::format::RequestHead;
use crate::kernel::{self, MODULE_STRIDE};
use crate::keys::EvaluationKeys;
use crate::layout::{INPUTS, SAMPLE};
use crate::params::{LIMBS_Q, LIMBS_QP1, MODULE_N, MODULI, N, PACKED_ROWS, RANK, RNS_DIGITS, ntts};
use crate::poly::{P1_LIMB, Poly, STRIDE, limb_mut};
use crate::team::{Member, Results};
use std::sync::Arc;

/// Digits of an input: of all `a_k`.
const DIGITS: usize = RANK * RNS_DIGITS;
/// Pieces of a limb that are tasks of their own.
const PIECES: usize = 2;
/// Words of a piece.
const PIECE: usize = N / PIECES;

/// The limbs, as values, of module samples `rows` (`[row][ciphertext]`, coefficients) and their public parts:
/// `[row][ciphertext][component]` of limbs `[prime]`.
pub(super) fn expand(
    member: &mut Member,
    keys: &EvaluationKeys,
    head: &RequestHead,
    first: usize,
    inputs: usize,
    rows: &[&[Poly]],
) -> Arc<Results<Scratch>> {
    let polys: Vec<&Poly> = rows.iter().copied().flatten().collect();
    let ciphertexts = polys.len() / rows.len();
    let place = |i: usize| (i / ciphertexts, i % ciphertexts);
    let held = |c: usize| INPUTS.min(inputs - c * INPUTS);
    // The second sample, if there is one, is the odd part.
    let has_odd = |i: usize| held(i % ciphertexts) > SAMPLE;

    let public = member.map(polys.len(), |i| {
        let (row, c) = place(i);
        Public::new(head, first + row, c, held(c))
    });
    // `[ciphertext][limb][part]` of `[digit]`.
    let digits = member.map(polys.len() * LIMBS_QP1 * 2, |task| {
        let (i, limb, part) = (task / (2 * LIMBS_QP1), task / 2 % LIMBS_QP1, task % 2);
        if part == 1 && !has_odd(i) {
            return None;
        }
        Some(digits_of(&public[i], limb, part))
    });
    // Parts of the sum over all digits: `[limb][ciphertext][piece]` of `[component][word]`.
    let sums = member.map(LIMBS_QP1 * polys.len() * PIECES, |task| {
        let (limb, i, piece) = (task / (PIECES * polys.len()), task / PIECES % polys.len(), task % PIECES);
        let part = |part: usize| digits[(i * LIMBS_QP1 + limb) * 2 + part].as_deref();
        let (even, odd) = (part(0).unwrap_or_default(), part(1));
        let (key, m) = (&keys.expansion, &MODULI[limb]);
        let digits: [&[u32]; DIGITS] = std::array::from_fn(|d| key.limb(limb, d));
        let mut sum = Scratch::take(COMPONENTS * PIECE);
        let (b, a) = sum.split_at_mut(PIECE);
        kernel::expand([b, a], piece * PIECE, even, odd, &digits, key.stride(), &*ntts()[limb].x_values, m);
        sum
    });
    let sum = |i: usize, limb: usize, component: usize, words: &mut [u32]| {
        for (piece, target) in words.chunks_exact_mut(PIECE).enumerate() {
            let source = &sums[(limb * polys.len() + i) * PIECES + piece];
            target.copy_from_slice(&source[component * PIECE..][..PIECE]);
        }
    };
    member.map(polys.len() * COMPONENTS, |task| {
        let (i, component) = (task / COMPONENTS, task % COMPONENTS);
        let mut special = Scratch::take(N);
        sum(i, P1_LIMB, component, &mut special);
        ntts()[P1_LIMB].inverse(&mut special);
        let mut words = Scratch::take(LIMBS_Q * STRIDE);
        let mut remainder = Scratch::take(N);
        for prime in 0..LIMBS_Q {
            let b = (component == 0).then(|| polys[i].limb(prime));
            remainder_of_p1(&special, prime, b, &mut remainder);
            let target = limb_mut(&mut words, prime);
            sum(i, prime, component, target);
            kernel::subtract(target, &remainder, &MODULI[prime]);
        }
        words
    })
}

/// The digits `[digit]`, modulo prime `limb`, of one sample of all `a_k`, as values.
fn digits_of(public: &Public, limb: usize, sample: usize) -> Scratch {
    let m = &MODULI[limb];
    let mut digits = Scratch::take(DIGITS * MODULE_STRIDE);
    let mut coefficients = [0; MODULE_N];
    for (digit, target) in digits.chunks_exact_mut(MODULE_STRIDE).enumerate() {
        let (k, prime) = (digit / RNS_DIGITS, digit % RNS_DIGITS);
        let (values, target) = (public.values(k, prime, sample), &mut target[..MODULE_N]);
        if prime == limb {
            target.copy_from_slice(values);
        } else {
            coefficients.copy_from_slice(values);
            ntts()[prime].inverse_module(&mut coefficients);
            kernel::lift(&coefficients, target, &MODULI[prime], m, m.factor(1));
            ntts()[limb].forward_module(target);
        }
    }
    digits
}

/// The limbs, as values, of packed rows' b-parts (`[packed rows][ciphertext]`, coefficients) and their public parts:
/// `[packed rows][ciphertext][component]` of limbs `[prime]`.
pub(super) fn packed_inputs(
    member: &mut Member,
    head: &RequestHead,
    rows: &[&[Poly]],
) -> Arc<Results<Scratch>> {
    let polys: Vec<&Poly> = rows.iter().copied().flatten().collect();
    let ciphertexts = polys.len() / rows.len();
    let public =
        member.map(polys.len(), |i| packed_public(head, i / ciphertexts * PACKED_ROWS, i % ciphertexts));
    member.map(polys.len() * COMPONENTS, |task| {
        let (i, component) = (task / COMPONENTS, task % COMPONENTS);
        let source = if component == 0 { polys[i] } else { &public[i] };
        let mut words = Scratch::take(LIMBS_Q * STRIDE);
        for prime in 0..LIMBS_Q {
            let values = limb_mut(&mut words, prime);
            values.copy_from_slice(source.limb(prime));
            ntts()[prime].forward(values);
        }
        words
    })
}
