//! Encrypted products against plain ones.

mod exact;

use exact::{CLIENT, Random, assert_exact, plain, random_int8s};
use lattice::{EncryptError, FormatError, MatrixInfo, RequestKind, Rlwe, Scheme, Shape, Verifier};
use proptest::prelude::*;
use rand_core::SeedableRng;
use std::sync::LazyLock;

/// Encrypts, multiplies, decrypts; checks lengths on the way.
fn encrypted(shape: Shape, weights: &[i8], rows: &[i8]) -> Vec<i32> {
    let (key, keys) = &*CLIENT;
    let count = rows.len() / shape.inputs;
    let matrix = Rlwe::encode_matrix("m", shape, weights).unwrap();
    let info = Rlwe::matrix_info(&matrix);
    assert_eq!(info, &Rlwe::assess("m", shape, weights).unwrap());
    let request = Rlwe::encrypt(key, info, rows, count, 7, &mut Random::seed_from_u64(1)).unwrap();
    assert_eq!(request.len(), Rlwe::request_len(info, RequestKind::Whole, count));
    let response = Rlwe::multiply(keys, &matrix, &request).unwrap();
    assert_eq!(response.len(), Rlwe::response_len(info, RequestKind::Whole, count));
    let outputs = Rlwe::decrypt(key, info, &response, count).unwrap();
    let memory = Rlwe::matrix_memory(&matrix);
    let held = Rlwe::hold_for_many_rows(&matrix, 64 << 20);
    assert!(held == 0 || held == Rlwe::many_rows_bytes(info));
    assert_eq!(Rlwe::matrix_memory(&matrix), memory + held);
    assert!(Rlwe::multiply(keys, &matrix, &request).unwrap() == response, "{info:?}");
    outputs
}

fn check(shape: Shape, weights: &[i8], rows: &[i8]) {
    let outputs = encrypted(shape, weights, rows);
    assert_exact(shape, weights, rows, &outputs);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn products_of_random_shapes_are_exact(
        inputs in 1usize..1300,
        outputs in 1usize..700,
        count in prop_oneof![1usize..4, 5usize..40],
        seed: u64,
    ) {
        let mut random = Random::seed_from_u64(seed);
        let weights = random_int8s(&mut random, inputs * outputs);
        check(Shape { inputs, outputs }, &weights, &random_int8s(&mut random, count * inputs));
    }
}

#[test]
fn products_of_large_shapes_are_exact() {
    let mut random = Random::seed_from_u64(2);
    for (inputs, outputs) in [(768, 3072), (3072, 768), (1, 4097), (4097, 1)] {
        let weights = random_int8s(&mut random, inputs * outputs);
        check(Shape { inputs, outputs }, &weights, &random_int8s(&mut random, inputs));
    }
    // The longest row: its weights must be small for the range.
    let weights: Vec<i8> = random_int8s(&mut random, 8192 * 64).iter().map(|w| w / 4).collect();
    check(Shape { inputs: 8192, outputs: 64 }, &weights, &random_int8s(&mut random, 8192));
}

#[test]
fn packed_products_of_long_rows_are_exact() {
    let mut random = Random::seed_from_u64(8);
    let (outputs, count) = (16, 16);
    for inputs in [3840, 3841, 8192] {
        let weights: Vec<i8> =
            random_int8s(&mut random, inputs * outputs).iter().map(|w| if *w < 0 { -1 } else { 1 }).collect();
        let shape = Shape { inputs, outputs };
        assert!(Rlwe::packs_rows(&Rlwe::assess("m", shape, &weights).unwrap(), count));
        check(shape, &weights, &random_int8s(&mut random, count * inputs));
    }
}

#[test]
fn extreme_and_structured_products_are_exact() {
    let shape = Shape { inputs: 768, outputs: 520 };
    let fill = |f: &dyn Fn(usize, usize) -> i8| -> Vec<i8> {
        (0..shape.outputs).flat_map(|o| (0..shape.inputs).map(move |i| f(o, i))).collect()
    };
    let matrices = [
        fill(&|_, _| 127),
        fill(&|_, _| -127),
        fill(&|_, _| -128),
        fill(&|_, _| 0),
        fill(&|o, i| if o == i { 1 } else { 0 }),
        fill(&|o, i| if (o, i) == (519, 767) { 127 } else { 0 }),
        fill(&|o, i| ((i + 768 - o) % 251) as i8),
        fill(&|o, i| if (o + i) % 2 == 0 { 127 } else { -127 }),
    ];
    let rows: Vec<i8> =
        [vec![127; 768], vec![-127; 768], vec![0; 768], (0..768).map(|i| (i == 5) as i8).collect()].concat();
    for weights in matrices {
        check(shape, &weights, &rows);
    }
}

#[test]
fn as_many_rows_as_allowed() {
    let mut random = Random::seed_from_u64(3);
    let shape = Shape { inputs: 40, outputs: 30 };
    let weights = random_int8s(&mut random, 40 * 30);
    check(shape, &weights, &random_int8s(&mut random, Rlwe::MAX_ROWS * 40));
}

#[test]
fn rows_that_cannot_be_encrypted_are_refused() {
    let (key, _) = &*CLIENT;
    let info = Rlwe::assess("m", Shape { inputs: 4, outputs: 2 }, &[1; 8]).unwrap();
    let mut random = Random::seed_from_u64(4);
    let mut encrypt =
        |info: &MatrixInfo, rows: &[i8], count| Rlwe::encrypt(key, info, rows, count, 0, &mut random);
    assert_eq!(encrypt(&info, &[], 0), Err(EncryptError::Rows { found: 0, limit: 64 }));
    assert_eq!(encrypt(&info, &[0; 260], 65), Err(EncryptError::Rows { found: 65, limit: 64 }));
    assert_eq!(encrypt(&info, &[0; 7], 2), Err(EncryptError::Values { expected: 8, found: 7 }));
    assert_eq!(encrypt(&info, &[0, 0, -128, 0], 1), Err(EncryptError::Range));
    for bad in [
        MatrixInfo { inputs: 0, ..info.clone() },
        MatrixInfo { inputs: u32::MAX, ..info.clone() },
        MatrixInfo { outputs: 0, ..info.clone() },
        MatrixInfo { outputs: u32::MAX, ..info.clone() },
        MatrixInfo { t: 0, ..info.clone() },
        MatrixInfo { t: 1 << 21, ..info.clone() },
        MatrixInfo { t: u32::MAX, ..info.clone() },
        MatrixInfo { range_bound: u64::MAX, ..info.clone() },
    ] {
        assert!(matches!(encrypt(&bad, &[0; 4], 1), Err(EncryptError::Matrix(_))), "{bad:?}");
        assert!(matches!(Rlwe::decrypt(key, &bad, &[0; 100], 1), Err(FormatError::Matrix(_))), "{bad:?}");
        assert_eq!(
            (Rlwe::request_len(&bad, RequestKind::Whole, 1), Rlwe::response_len(&bad, RequestKind::Whole, 1)),
            (0, 0)
        );
    }
}

/// The table of FORMATS.md: lengths of a request and of a response of one row.
#[test]
fn lengths_are_those_of_the_format() {
    let lengths = |inputs, outputs, t| {
        let info = MatrixInfo { inputs, outputs, t, range_bound: 0, noise_log2: 0.0, failure_log2: 0.0 };
        (Rlwe::request_len(&info, RequestKind::Whole, 1), Rlwe::response_len(&info, RequestKind::Whole, 1))
    };
    assert_eq!(lengths(768, 2304, 7_623_311), (4748, 15988));
    assert_eq!(lengths(768, 768, 7_623_311), (4748, 10804));
    assert_eq!(lengths(768, 3072, 7_623_311), (4748, 18580));
    assert_eq!(lengths(3072, 768, 21_007_583), (18860, 11508));
    assert_eq!(Rlwe::evaluation_keys(&CLIENT.0).len(), 4_214_312);
}

#[test]
fn keys_are_a_function_of_the_seed() {
    let keys = |byte| Rlwe::evaluation_keys(&Rlwe::secret_key(&[byte; 32]));
    assert_eq!(keys(1), keys(1));
    assert_ne!(keys(1)[8..40], keys(2)[8..40]);
    assert!(Rlwe::evaluation_keys_memory(&CLIENT.1) > keys(1).len());
}

#[test]
fn requests_differ_by_counter_and_by_randomness() {
    let (key, _) = &*CLIENT;
    let info = Rlwe::assess("m", Shape { inputs: 4, outputs: 2 }, &[1; 8]).unwrap();
    let encrypt = |counter, seed| {
        Rlwe::encrypt(key, &info, &[1; 4], 1, counter, &mut Random::seed_from_u64(seed)).unwrap()
    };
    assert_eq!(encrypt(1, 1), encrypt(1, 1));
    // Even a generator that repeats itself does not repeat a seed under another counter.
    assert_ne!(encrypt(1, 1)[44..], encrypt(2, 1)[44..]);
    assert_ne!(encrypt(1, 1)[20..36], encrypt(1, 2)[20..36]);
}

#[test]
fn another_key_decrypts_to_nothing_in_particular() {
    let mut random = Random::seed_from_u64(5);
    let shape = Shape { inputs: 64, outputs: 300 };
    let weights = random_int8s(&mut random, 64 * 300);
    let rows = random_int8s(&mut random, 64);
    let matrix = Rlwe::encode_matrix("m", shape, &weights).unwrap();
    let info = Rlwe::matrix_info(&matrix);
    let stranger = Rlwe::secret_key(&[43; 32]);
    let request = Rlwe::encrypt(&stranger, info, &rows, 1, 0, &mut random).unwrap();
    let response = Rlwe::multiply(&CLIENT.1, &matrix, &request).unwrap();
    for key in [&stranger, &CLIENT.0] {
        let outputs = Rlwe::decrypt(key, info, &response, 1).unwrap();
        assert!(outputs.iter().zip(plain(shape, &weights, &rows)).filter(|(a, b)| **a == *b).count() < 5);
        assert!(outputs.iter().all(|y| y.unsigned_abs() <= info.t / 2));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// A changed message is refused, or gives some outputs; it never panics.
    #[test]
    fn changed_messages_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in 0usize..30,
    ) {
        static SMALL: LazyLock<(<Rlwe as Scheme>::Matrix, Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
            let matrix = Rlwe::encode_matrix("m", Shape { inputs: 5, outputs: 3 }, &[3; 15]).unwrap();
            let info = Rlwe::matrix_info(&matrix);
            let request = Rlwe::encrypt(&CLIENT.0, info, &[7; 5], 1, 0, &mut Random::seed_from_u64(6)).unwrap();
            let response = Rlwe::multiply(&CLIENT.1, &matrix, &request).unwrap();
            (matrix, request, response)
        });
        let (matrix, request, response) = &*SMALL;
        let change = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            for (index, byte) in &changes {
                let index = index.index(bytes.len());
                bytes[index] ^= byte;
            }
            bytes.truncate(bytes.len() - cut.saturating_sub(20));
            bytes
        };
        let _ = Rlwe::multiply(&CLIENT.1, matrix, &change(request));
        let _ = Rlwe::decrypt(&CLIENT.0, Rlwe::matrix_info(matrix), &change(response), 1);
        let _ = Rlwe::parse_evaluation_keys(&change(request));
    }
}

#[test]
fn verification_accepts_right_products_and_detects_wrong_ones() {
    let mut random = Random::seed_from_u64(7);
    let shape = Shape { inputs: 50, outputs: 40 };
    let weights = random_int8s(&mut random, 50 * 40);
    let rows = random_int8s(&mut random, 3 * 50);
    let info = Rlwe::assess("m", shape, &weights).unwrap();
    let verifier = Verifier::new(&info, &weights, &mut random).unwrap();
    assert!(verifier.soundness_log2() <= -40.0);
    let mut outputs = encrypted(shape, &weights, &rows);
    assert!(verifier.check(&rows, &outputs, 3));
    assert!(!verifier.check(&rows, &outputs, 2));
    for i in 0..outputs.len() {
        outputs[i] += 1;
        assert!(!verifier.check(&rows, &outputs, 3));
        outputs[i] -= 1;
    }
    // A multiple of t is no right output either.
    outputs[0] += info.t as i32;
    assert!(!verifier.check(&rows, &outputs, 3));
    outputs[0] = i32::MIN;
    assert!(!verifier.check(&rows, &outputs, 3));
    assert!(Verifier::new(&info, &weights[1..], &mut random).is_none());
    let composite = MatrixInfo { t: 2_097_153, ..info };
    assert!(Verifier::new(&composite, &weights, &mut random).is_none());
}
