//! Results of every kernel on fixed input: what an instruction set must reproduce before it is used, and what tests
//! compare.
#![allow(clippy::indexing_slicing, reason = "arrays of N words, and the permutations of steps that exist")]

use crate::automorphism::{GIANT_PERMUTATIONS, ROTATION_PERMUTATIONS};
use crate::decrypt::Decoder;
use crate::encrypt::Encoder;
use crate::kernel::{self, LANES, Switch, TILE, clear, client};
use crate::keystream::keystream;
use crate::layout::{Layout, UNIT};
use crate::modulus::Modulus;
use crate::params::{LIMBS_Q, MODULI, N, REQUEST_BITS, REQUEST_DROPPED_BITS, RING_DIGITS, ntts};
use crate::poly::conversions;

/// A permutation of 32-bit words with full period (the constants are those of Numerical Recipes' generator): fixed,
/// patternless input.
fn words(seed: u32, modulus: &Modulus) -> Vec<u32> {
    let mut x = seed;
    let mut next = || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        modulus.reduce_word(x)
    };
    (0..N).map(|_| next()).collect()
}

/// Every kernel's result at the current level, for every prime, on fixed words.
pub(crate) fn results() -> Vec<Vec<u32>> {
    results_of(&words)
}

/// Every kernel's result at the current level, for every prime; `words` are N residues, others for every seed.
fn results_of(words: &dyn Fn(u32, &Modulus) -> Vec<u32>) -> Vec<Vec<u32>> {
    let mut results = Vec::new();
    for (m, ntt) in MODULI.iter().zip(ntts()) {
        let [a, b, c, d] = [1, 2, 3, 4].map(|seed| words(seed, m));
        let largest = vec![m.p - 1; N];
        let factor = m.factor(12345);
        let mut run = |f: &dyn Fn(&mut Vec<u32>)| {
            let mut out = a.clone();
            f(&mut out);
            results.push(out);
        };
        run(&|out| ntt.forward(out));
        run(&|out| ntt.inverse(out));
        run(&|out| {
            out.copy_from_slice(&largest);
            ntt.forward(out);
        });
        run(&|out| {
            out.copy_from_slice(&largest);
            ntt.inverse(out);
        });
        run(&|out| ntt.inverse_of(&[&b[..N / 4], &b[N / 4..]], out, &ntt.scale_by(12345)));
        run(&|out| kernel::multiply_add(out, &b, &c, m));
        run(&|out| kernel::add(out, &b, m));
        run(&|out| kernel::subtract(out, &b, m));
        run(&|out| kernel::subtract_lazy(out, &b, m));
        run(&|out| kernel::add_pairs(&mut out[..N / 2], &b, m));
        run(&|out| kernel::add_even(&mut out[..N / 2], &b, m));
        run(&|out| kernel::scale(out, factor, m));
        for to in &MODULI {
            run(&|out| kernel::lift(&b, out, m, to, to.factor(12345)));
            run(&|out| {
                out.copy_from_slice(&words(1, to));
                kernel::subtract_lifted(out, &b, m, to, to.factor(12345));
            });
        }
        let keys: Vec<u32> = [c.as_slice(), &d, &b].concat();
        let mut run_3 = |f: &dyn Fn([&mut [u32]; 3])| {
            let mut out = [a.clone(), b.clone(), c.clone()];
            f(out.each_mut().map(Vec::as_mut_slice));
            results.extend(out);
        };
        // Sums of different sizes for different primes.
        for count in [2, 8, 16] {
            let (digits, keys) = (vec![largest.as_slice(); count], vec![keys.as_slice(); count]);
            run_3(&|[x, y, _]| kernel::dot([x, y], &digits, &keys, 2 * LANES, m));
            run_3(&|out| kernel::dot_3(out, &digits, &keys, 3 * LANES, m));
            run_3(&|[x, y, _]| kernel::dot_add([x, y], &digits, &keys, 3 * LANES, m));
        }
        let permutation = &GIANT_PERMUTATIONS[3];
        run_3(&|[x, y, _]| {
            let (digits, keys) = ([b.as_slice(), &c], [keys.as_slice(), &keys]);
            let (remainder, stride) = ([b.as_slice(), &d], 2 * LANES);
            let switch = Switch { digits, keys, stride, remainder, addend: &c, permutation };
            kernel::finish_switch([x, y], switch, m);
        });
        for even_only in [false, true] {
            run_3(&|[x, y, _]| {
                let (keys, odd) = ([keys.as_slice(), &keys], (!even_only).then_some(c.as_slice()));
                kernel::expand([x, y], 0, &b, odd, &keys, 2 * LANES, &d, m);
                kernel::expand([&mut x[16..80], &mut y[16..80]], 32, &b, odd, &keys, 2 * LANES, &d, m);
            });
        }
        run_3(&|[x, y, _]| {
            kernel::add_permuted(x, &b, 0, &ROTATION_PERMUTATIONS[7], m);
            kernel::add_permuted(y, &c[..32 * LANES], 64 * LANES, permutation, m);
        });
        run_3(&|[x, y, z]| {
            ntt.forward_module(x);
            ntt.forward_half(y);
            kernel::permute(&b, 0, z, permutation);
        });
        run_3(&|[x, y, z]| {
            ntt.inverse_half(x);
            ntt.inverse_module(y);
            ntt.inverse_even(&mut z[..N / 2]);
        });
        run_3(&|[x, y, z]| {
            client::multiply(x, &b, &c, m);
            client::sum_of_products(y, &[&b, &largest], &[&c, &largest], m);
            client::sum_of_products(z, &[largest.as_slice(); 16], &[largest.as_slice(); 16], m);
        });
        if m.p < 1 << 28 {
            for inputs in [16, 64] {
                run_3(&|[x, _, _]| {
                    // Three giants and five rows: four side by side, and one.
                    let (table, tiles) = (&b[..3 * inputs * LANES], &keys[..5 * inputs * TILE]);
                    kernel::tile_products(
                        &mut x[..8 * LANES * 29 + LANES],
                        8 * LANES,
                        table,
                        tiles,
                        inputs,
                        m,
                    );
                });
            }
            // More products than are summed at once.
            run_3(&|[x, _, _]| {
                kernel::tile_products(&mut x[..2 * LANES], LANES, &largest, &keys[..2 * N], N / LANES, m);
            });
        }
    }
    let composed = words(5, &MODULI[0]).iter().map(|&x| u64::from(x) << 27 | 0x1234).collect::<Vec<u64>>();
    let mut digits: [Vec<u32>; RING_DIGITS] = std::array::from_fn(|_| vec![0; N]);
    kernel::ring_digits(&composed, digits.each_mut().map(Vec::as_mut_slice), &MODULI[1]);
    results.extend(digits);
    let mut numbers = vec![0; N];
    let [x0, x1] = [0, 1].map(|i| words(6, &MODULI[i]));
    conversions().compose(&x0, &x1, &mut numbers);
    let mut special = [x0.clone(), x1.clone()];
    let [first, second] = &mut special;
    let extensions = [2, 3].map(|i| {
        let factors = [12345, 54321].map(|factor| MODULI[i].factor(factor));
        kernel::Extension { to: MODULI[i], factors, offset: MODULI[i].p - 1 }
    });
    kernel::extend([first, second], [&x0, &x1], &extensions);
    results.extend(special);
    results.push(halves(&numbers));
    results.extend(client_results(&numbers));
    results.extend(clear_results(&numbers));
    let mut stream = vec![0; N];
    keystream(&mut stream, &[1, 2, 3, 4, 5, 6, 7, u32::MAX], 5);
    results.push(stream);
    results
}

/// Low and high words.
fn halves(numbers: &[u64]) -> Vec<u32> {
    numbers.iter().flat_map(|&x| [x as u32, (x >> 32) as u32]).collect()
}

/// Those of the kernels between numbers, `below_q` among them, and rows.
fn client_results(below_q: &[u64]) -> Vec<Vec<u32>> {
    let mut results = Vec::new();
    let t = (1 << 26) - 5;
    let words = words(7, &MODULI[0]);
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let int8s: Vec<i8> = bytes.iter().map(|&byte| byte.cast_signed().max(-127)).collect();
    let int32s: Vec<i32> = words.iter().map(|&x| x as i32 - (MODULI[0].p / 2) as i32).collect();
    let signs = &[1, -1].repeat(N / 2);
    let mut numbers = vec![0; N / 2];
    for wide in [false, true] {
        let encoder = Encoder::new(t);
        client::encode(&mut numbers, &int8s, signs, &bytes, wide, below_q, &encoder);
        results.push(halves(&numbers));
    }
    for layout in [Layout::Row, Layout::Packed] {
        let bits = layout.response_bits(t);
        let responses: Vec<u64> = below_q.iter().map(|x| x & ((1 << bits) - 1)).collect();
        for m in &MODULI[..LIMBS_Q] {
            let mut residues = vec![0; N];
            client::reduce_centred(&mut residues, &responses, bits, m);
            results.push(residues);
        }
        for block in layout.blocks(UNIT, t) {
            let b: Vec<u64> = responses.iter().rev().map(|x| x >> layout.response_dropped_bits()).collect();
            let mut outputs = vec![0; N];
            client::decode(&mut outputs, &b, below_q, signs, &Decoder::new(t, &block));
            results.push(outputs.into_iter().map(i32::cast_unsigned).collect());
        }
    }
    let mut sums = [[0; 2]; 2];
    client::check_inputs(&mut sums[0], &int8s, [&words, &words[1..]]);
    client::check_outputs(&mut sums[1], &int32s, [&words, &words[1..]]);
    results.push(halves(&sums.as_flattened().iter().map(|&sum| sum.cast_unsigned()).collect::<Vec<_>>()));
    results
}

/// Those of clear weights, with the numbers that requests make of `below_q`.
fn clear_results(below_q: &[u64]) -> Vec<Vec<u32>> {
    let words = words(8, &MODULI[0]);
    let weights: Vec<i8> = words.iter().flat_map(|word| word.to_le_bytes()).map(u8::cast_signed).collect();
    let numbers: Vec<u64> = below_q.iter().map(|x| x >> REQUEST_DROPPED_BITS).collect();
    let largest = vec![(1 << REQUEST_BITS) - 1; N];
    let mut results = Vec::new();
    // Whole lines and a part of one, chunks of a row and a part of one, tiles and a part of one.
    for (inputs, outputs) in [(31, 3), (768, 21), (N - 7, 3)] {
        let rows = [&numbers, &largest].map(|row| clear::Limbs::new(&row[..inputs]));
        let mut out = vec![0; rows.len() * outputs];
        clear::multiply_rows(&mut out, &weights[..inputs * outputs], inputs, &rows);
        let extreme = vec![i8::MIN; inputs * outputs];
        results.push(halves(&out));
        clear::multiply_rows(&mut out, &extreme, inputs, &rows);
        results.push(halves(&out));
    }
    results
}

/// Panics unless every instruction set of this processor computes the portable code's results on residues of the words
/// given, in turn.
#[cfg(feature = "fuzzing")]
pub fn compare_instruction_sets(given: &[u32]) {
    use crate::simd::{Level, at_level};
    let words = |seed: u32, modulus: &Modulus| {
        let words = given.iter().chain([&seed]).cycle().skip(seed as usize);
        words.take(N).map(|&x| modulus.reduce_word(x)).collect()
    };
    let expected = at_level(Level::Portable, || results_of(&words));
    for &level in &Level::ALL[1..] {
        let found = at_level(level, || results_of(&words));
        assert!(found.is_none() || found == expected, "{level:?}");
    }
}

const _: () = assert!(N.is_multiple_of(16 * LANES));

#[cfg(test)]
mod tests {
    use super::results;
    use crate::simd::{Level, at_level, level};

    #[test]
    fn all_instruction_sets_agree_with_the_portable_one() {
        let expected = at_level(Level::Portable, results).unwrap();
        for &level in &Level::ALL[1..] {
            match at_level(level, results) {
                Some(found) => assert!(found == expected, "{level:?}"),
                None => println!("{} is not on this processor: skipped", level.name()),
            }
        }
        assert!(level().is_present());
    }
}
