//! Products in two halves: exact, each row once, and refused where anything does not fit.

mod exact;

use exact::{CLIENT, Random, assert_exact, random_int8s};
use lattice::{EncryptError, FormatError, MultiplyError, RequestKind, Rlwe, Scheme, Shape, Verifier};
use proptest::prelude::*;
use rand_core::SeedableRng;
use std::collections::HashSet;

type Prepared = <Rlwe as Scheme>::Prepared;

/// A matrix, and the messages that prepare rows for it.
struct Ahead {
    matrix: <Rlwe as Scheme>::Matrix,
    preparation: Vec<u8>,
    response: Vec<u8>,
}

impl Ahead {
    fn new(shape: Shape, weights: &[i8], count: usize) -> Self {
        let matrix = Rlwe::encode_matrix("m", shape, weights).unwrap();
        let info = Rlwe::matrix_info(&matrix);
        let preparation = Rlwe::prepare(info, count, 9, &mut Random::seed_from_u64(2)).unwrap();
        assert_eq!(Rlwe::asked(&preparation), Some((RequestKind::Preparation, count as u32)));
        assert_eq!(preparation.len(), Rlwe::request_len(info, RequestKind::Preparation, count));
        let response = Rlwe::multiply(&CLIENT.1, &matrix, &preparation).unwrap();
        assert_eq!(response.len(), Rlwe::response_len(info, RequestKind::Preparation, count));
        Self { matrix, preparation, response }
    }

    fn prepared(&self) -> Prepared {
        let info = Rlwe::matrix_info(&self.matrix);
        Rlwe::prepared(&CLIENT.0, info, &self.preparation, &self.response).unwrap()
    }

    /// The request for `rows` and its response, of all of `prepared`.
    fn online(&self, prepared: &mut Prepared, rows: &[i8]) -> (Vec<u8>, Vec<u8>) {
        let info = Rlwe::matrix_info(&self.matrix);
        let count = Rlwe::prepared_rows(prepared);
        let request = Rlwe::encrypt_prepared(prepared, rows, &mut Random::seed_from_u64(3)).unwrap();
        assert_eq!(Rlwe::asked(&request), Some((RequestKind::Online, count as u32)));
        assert_eq!(request.len(), Rlwe::request_len(info, RequestKind::Online, count));
        let response = Rlwe::multiply_online(&self.matrix, &request).unwrap();
        assert_eq!(response.len(), Rlwe::response_len(info, RequestKind::Online, count));
        (request, response)
    }
}

/// Prepares `count` rows and uses `first` of them, and then the others.
fn check(shape: Shape, weights: &[i8], rows: &[i8], first: usize) {
    let count = rows.len() / shape.inputs;
    let ahead = Ahead::new(shape, weights, count);
    let mut rest = ahead.prepared();
    let mut outputs = Vec::new();
    let mut remaining = rows;
    for part in [first, count - first] {
        let mut prepared = Rlwe::take_prepared(&mut rest, part).unwrap();
        let (values, others) = remaining.split_at(part * shape.inputs);
        remaining = others;
        if part > 0 {
            let (_, response) = ahead.online(&mut prepared, values);
            outputs.extend(Rlwe::decrypt_prepared(&prepared, &response).unwrap());
        }
    }
    assert_eq!(Rlwe::prepared_rows(&rest), 0);
    assert_exact(shape, weights, rows, &outputs);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn products_of_random_shapes_are_exact(
        inputs in 1usize..1300,
        outputs in 1usize..700,
        count in prop_oneof![1usize..4, 5usize..40],
        first: prop::sample::Index,
        seed: u64,
    ) {
        let mut random = Random::seed_from_u64(seed);
        let weights = random_int8s(&mut random, inputs * outputs);
        let rows = random_int8s(&mut random, count * inputs);
        check(Shape { inputs, outputs }, &weights, &rows, first.index(count));
    }
}

#[test]
fn products_of_large_shapes_and_extreme_values_are_exact() {
    let mut random = Random::seed_from_u64(4);
    for (inputs, outputs) in [(768, 3072), (3072, 768), (1, 4097), (4097, 1)] {
        let weights = random_int8s(&mut random, inputs * outputs);
        check(Shape { inputs, outputs }, &weights, &random_int8s(&mut random, inputs), 1);
    }
    for value in [127, -127] {
        check(Shape { inputs: 1400, outputs: 260 }, &[127; 1400 * 260], &vec![value; 17 * 1400], 3);
    }
}

#[test]
fn a_prepared_row_is_encrypted_once() {
    let shape = Shape { inputs: 20, outputs: 3 };
    let weights = random_int8s(&mut Random::seed_from_u64(5), 60);
    let ahead = Ahead::new(shape, &weights, 2);
    let mut prepared = ahead.prepared();
    let mut random = Random::seed_from_u64(6);
    let wrong = Rlwe::encrypt_prepared(&mut prepared, &[1; 20], &mut random);
    assert_eq!(wrong, Err(EncryptError::Values { expected: 40, found: 20 }));
    let wrong = Rlwe::encrypt_prepared(&mut prepared, &[i8::MIN; 40], &mut random);
    assert_eq!(wrong, Err(EncryptError::Range));
    let (_, response) = ahead.online(&mut prepared, &[1; 40]);
    let again = Rlwe::encrypt_prepared(&mut prepared, &[2; 40], &mut random);
    assert_eq!(again, Err(EncryptError::Used));
    assert!(Rlwe::take_prepared(&mut prepared, 3).is_none());
    let mut first = Rlwe::take_prepared(&mut prepared, 1).unwrap();
    assert_eq!(Rlwe::encrypt_prepared(&mut first, &[2; 20], &mut random), Err(EncryptError::Used));
    assert_eq!((Rlwe::prepared_rows(&first), Rlwe::prepared_rows(&prepared)), (1, 1));
    assert!(Rlwe::decrypt_prepared(&first, &response).is_err(), "a response to two rows");
    let wrong = Rlwe::prepare(Rlwe::matrix_info(&ahead.matrix), 65, 1, &mut random);
    assert_eq!(wrong, Err(EncryptError::Rows { found: 65, limit: 64 }));
}

/// Rows of equal values, under one preparation and under two: nothing that is sent repeats.
#[test]
fn requests_of_equal_rows_differ() {
    let shape = Shape { inputs: 256, outputs: 3 };
    let weights = random_int8s(&mut Random::seed_from_u64(7), 768);
    let mut seen = HashSet::new();
    for _ in 0..2 {
        let ahead = Ahead::new(shape, &weights, 4);
        // Another salt, as another call has.
        let info = Rlwe::matrix_info(&ahead.matrix);
        let preparation = Rlwe::prepare(info, 4, 10, &mut Random::seed_from_u64(seen.len() as u64)).unwrap();
        let response = Rlwe::multiply(&CLIENT.1, &ahead.matrix, &preparation).unwrap();
        let mut prepared = Rlwe::prepared(&CLIENT.0, info, &preparation, &response).unwrap();
        let (request, _) = ahead.online(&mut prepared, &[5; 4 * 256]);
        let numbers = request[20..].chunks(7).map(<[u8]>::to_vec);
        assert!(numbers.into_iter().all(|number| seen.insert(number)));
    }
}

#[test]
fn a_wrong_half_is_noticed() {
    let shape = Shape { inputs: 64, outputs: 30 };
    let mut random = Random::seed_from_u64(8);
    let weights = random_int8s(&mut random, 64 * 30);
    let ahead = Ahead::new(shape, &weights, 1);
    let info = Rlwe::matrix_info(&ahead.matrix);
    let verifier = Verifier::new(info, &weights, &mut random).unwrap();
    let row = random_int8s(&mut random, 64);
    let outputs_of = |preparation_response: &[u8], spoil: &dyn Fn(&mut Vec<u8>)| {
        let mut prepared = Rlwe::prepared(&CLIENT.0, info, &ahead.preparation, preparation_response).unwrap();
        let (_, mut response) = ahead.online(&mut prepared, &row);
        spoil(&mut response);
        Rlwe::decrypt_prepared(&prepared, &response).unwrap()
    };
    assert!(verifier.check(&row, &outputs_of(&ahead.response, &|_| {}), 1));
    let mut spoilt = ahead.response.clone();
    spoilt[40] ^= 0x40;
    assert!(!verifier.check(&row, &outputs_of(&spoilt, &|_| {}), 1));
    assert!(!verifier.check(&row, &outputs_of(&ahead.response, &|response| response[22] ^= 0x40), 1));
}

#[test]
fn messages_that_do_not_fit_are_refused() {
    let shape = Shape { inputs: 20, outputs: 3 };
    let weights = random_int8s(&mut Random::seed_from_u64(9), 60);
    let ahead = Ahead::new(shape, &weights, 1);
    let (key, keys) = &*CLIENT;
    let info = Rlwe::matrix_info(&ahead.matrix);
    let (request, response) = ahead.online(&mut ahead.prepared(), &[1; 20]);
    type Change<'a> = &'a dyn Fn(&mut Vec<u8>);
    let changed = |bytes: &[u8], change: Change| {
        let mut bytes = bytes.to_vec();
        change(&mut bytes);
        bytes
    };
    let common: [(Change, &str); 7] = [
        (&|b| b[0] ^= 1, "Magic"),
        (&|b| b[4] += 1, "Version"),
        (&|b| b[6] = 255, "Scheme"),
        (&|b| b[7] = 1, "Layout"),
        (&|b| b[8] += 1, "Field"),
        (&|b| b[16] = 65, "Rows"),
        (&|b| b.push(0), "Length"),
    ];
    let is =
        |error: &FormatError, expected: &str| assert!(format!("{error:?}").starts_with(expected), "{error}");
    for (change, expected) in common {
        let MultiplyError::Format(error) =
            Rlwe::multiply(keys, &ahead.matrix, &changed(&ahead.preparation, change)).unwrap_err();
        is(&error, expected);
        let MultiplyError::Format(error) =
            Rlwe::multiply_online(&ahead.matrix, &changed(&request, change)).unwrap_err();
        is(&error, expected);
        is(&Rlwe::decrypt_prepared(&ahead.prepared(), &changed(&response, change)).unwrap_err(), expected);
        let found = Rlwe::prepared(key, info, &changed(&ahead.preparation, change), &ahead.response);
        is(&found.err().unwrap(), expected);
    }
    assert_eq!(Rlwe::asked(&request[..19]), None);
    assert_eq!(Rlwe::asked(&response), None);
    // Kinds are not taken for one another.
    assert!(Rlwe::multiply(keys, &ahead.matrix, &request).is_err());
    assert!(Rlwe::multiply_online(&ahead.matrix, &ahead.preparation).is_err());
    // 2^7 times a number of 49 bits is over q, and bits that fill up are zero.
    let over = changed(&request, &|b| b[20..27].fill(0xff));
    let coefficient = FormatError::Coefficient { part: "online request", index: 0 };
    assert_eq!(Rlwe::multiply_online(&ahead.matrix, &over), Err(coefficient.into()));
    let padded = changed(&request, &|b| *b.last_mut().unwrap() |= 0x80);
    let padding = FormatError::Padding("online request");
    assert_eq!(Rlwe::multiply_online(&ahead.matrix, &padded), Err(padding.into()));
    // Another layout than the preparation's.
    let packed = changed(&response, &|b| b[7] = 16);
    let error = Rlwe::decrypt_prepared(&ahead.prepared(), &packed).unwrap_err();
    assert_eq!(error, FormatError::Layout(16));
}
