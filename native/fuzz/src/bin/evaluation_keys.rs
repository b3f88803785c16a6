//! Evaluation keys: refused, or such that a server can multiply with them.
#![no_main]

use lattice::{Rlwe, Scheme};
use libfuzzer_sys::fuzz_target;
use sotto_fuzz::{Changed, EXCHANGES, KEYS};

fuzz_target!(|changed: Changed| {
    let bytes = changed.apply(&KEYS);
    let Ok(keys) = Rlwe::parse_evaluation_keys(&bytes) else { return };
    assert_eq!(bytes.len(), KEYS.len());
    let exchange = &EXCHANGES[0];
    let response = Rlwe::multiply(&keys, &exchange.matrix, &exchange.request).expect("the request is valid");
    assert!(exchange.decrypt(&response, exchange.rows).is_some());
});
