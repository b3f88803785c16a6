//! Requests: refused, or answered with a response of as many rows as the head says.
#![no_main]

use lattice::{RequestKind, Rlwe, Scheme};
use libfuzzer_sys::fuzz_target;
use sotto_fuzz::{Changed, EXCHANGES, SERVER_KEYS};

fuzz_target!(|changed: Changed| {
    let exchange = &EXCHANGES[changed.choose(EXCHANGES.len())];
    let bytes = changed.apply(&exchange.request);
    let Ok(response) = Rlwe::multiply(&SERVER_KEYS, &exchange.matrix, &bytes) else { return };
    let rows = u32::from_le_bytes(bytes[16..20].try_into().expect("a request has a head")) as usize;
    assert_eq!(bytes.len(), Rlwe::request_len(exchange.info(), RequestKind::Whole, rows));
    assert_eq!(response.len(), Rlwe::response_len(exchange.info(), RequestKind::Whole, rows));
    assert!(exchange.decrypt(&response, rows).is_some());
    if bytes == exchange.request {
        assert!(response == exchange.response, "the response is not that of the vectors");
    }
});
