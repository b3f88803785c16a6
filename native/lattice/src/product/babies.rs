//! Step 2: the baby steps of every input.

use super::{COMPONENTS, Limbs, remainder_of_p1};
use crate::automorphism::ROTATION_PERMUTATIONS;
use crate::buffer::Scratch;
use crate::kernel::{self, Switch};
use crate::keys::EvaluationKeys;
use crate::params::{LIMBS_Q, LIMBS_QP1, MODULI, N, RNS_DIGITS, ntts};
use crate::poly::{P1_LIMB, STRIDE, limb, limb_mut, two_limbs_mut};
use crate::team::{Member, Results};
use std::sync::Arc;

/// Ciphertexts and their rotations, as values: `[row][ciphertext][baby]`.
pub(crate) struct Babies {
    /// `[ciphertext][component]` of limbs `[prime]`.
    inputs: Arc<Results<Scratch>>,
    /// What each round made: limbs `[component][prime]`.
    rounds: Vec<Arc<Results<Scratch>>>,
    places: Vec<Place>,
}

/// Where a baby's limbs are.
#[derive(Clone, Copy)]
enum Place {
    Input(usize),
    Rotation { round: usize, index: usize },
}

impl Babies {
    pub(super) fn new(
        member: &mut Member,
        keys: &EvaluationKeys,
        rounds: &[&[usize]],
        inputs: Arc<Results<Scratch>>,
    ) -> Self {
        let places = (0..inputs.iter().count() / COMPONENTS).map(Place::Input).collect();
        let mut babies = Self { inputs, rounds: Vec::new(), places };
        for (round, steps) in rounds.iter().enumerate() {
            let count = babies.len();
            let digits =
                member.map(count * RNS_DIGITS, |i| digit(babies.limbs(i / RNS_DIGITS), i % RNS_DIGITS));
            // Step after step: all inputs use a key while it is near.
            let rotated = member.map(count * steps.len(), |i| {
                let baby = i % count;
                let digits = std::array::from_fn(|d| &*digits[baby * RNS_DIGITS + d]);
                rotate(keys, babies.limbs(baby), digits, steps[i / count])
            });
            let rotations = |baby: usize| {
                (0..steps.len()).map(move |s| Place::Rotation { round, index: s * count + baby })
            };
            let places = babies.places.iter().enumerate();
            babies.places =
                places.flat_map(|(baby, &place)| [place].into_iter().chain(rotations(baby))).collect();
            babies.rounds.push(rotated);
        }
        babies
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn limbs(&self, baby: usize) -> Limbs<'_> {
        match self.places[baby] {
            Place::Input(i) => {
                std::array::from_fn(|l| limb(&self.inputs[i * COMPONENTS + l / LIMBS_Q], l % LIMBS_Q))
            }
            Place::Rotation { round, index } => {
                let words = &self.rounds[round][index];
                std::array::from_fn(|l| limb(words, l))
            }
        }
    }
}

/// The RNS digit of component a for one prime of q.
fn digit(input: Limbs, digit: usize) -> Scratch {
    let values = input[LIMBS_Q + digit];
    let mut coefficients = Scratch::take(N);
    coefficients.copy_from_slice(values);
    ntts()[digit].inverse(&mut coefficients);
    digit_of(&coefficients, Some(values), digit)
}

/// An RNS digit: the centred residues modulo one prime of q, given as coefficients, and as values where they are known;
/// over q·P1. (The gadget of a digit is 1 modulo its own prime and 0 modulo the other: J.-C. Bajard et al., ePrint
/// 2016/510.)
pub(super) fn digit_of(coefficients: &[u32], values: Option<&[u32]>, digit: usize) -> Scratch {
    let mut words = Scratch::take(LIMBS_QP1 * STRIDE);
    for i in 0..LIMBS_QP1 {
        let target = limb_mut(&mut words, i);
        if i == digit {
            target.copy_from_slice(values.unwrap_or(coefficients));
        } else {
            kernel::lift(coefficients, target, &MODULI[digit], &MODULI[i], MODULI[i].factor(1));
        }
        if i != digit || values.is_none() {
            ntts()[i].forward(target);
        }
    }
    words
}

/// The rotation number `step` of an input with these digits: limbs `[component][prime]`.
fn rotate(keys: &EvaluationKeys, input: Limbs, digits: [&[u32]; RNS_DIGITS], step: usize) -> Scratch {
    let keys = &keys.rotations[step - 1];
    let digit = |i: usize| digits.map(|digit| limb(digit, i));
    let key = |i: usize| [keys.limb(i, 0), keys.limb(i, 1)];
    let mut special = Scratch::take(COMPONENTS * STRIDE);
    let out = two_limbs_mut(&mut special, 0, 1);
    kernel::dot(out, &digit(P1_LIMB), &key(P1_LIMB), keys.stride(), &MODULI[P1_LIMB]);
    ntts()[P1_LIMB].inverse(limb_mut(&mut special, 0));
    ntts()[P1_LIMB].inverse(limb_mut(&mut special, 1));
    let mut sum = Scratch::take(COMPONENTS * LIMBS_Q * STRIDE);
    let mut remainder = Scratch::take(COMPONENTS * STRIDE);
    for i in 0..LIMBS_Q {
        for c in 0..COMPONENTS {
            remainder_of_p1(limb(&special, c), i, None, limb_mut(&mut remainder, c));
        }
        let switch = Switch {
            digits: digit(i),
            keys: key(i),
            stride: keys.stride(),
            remainder: [limb(&remainder, 0), limb(&remainder, 1)],
            addend: input[i],
            permutation: &ROTATION_PERMUTATIONS[step],
        };
        kernel::finish_switch(two_limbs_mut(&mut sum, i, LIMBS_Q + i), switch, &MODULI[i]);
    }
    sum
}
