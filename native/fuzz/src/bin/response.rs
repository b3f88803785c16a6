//! Responses: refused, or as many outputs as the matrix has, each within its modulus.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sotto_fuzz::{Changed, EXCHANGES};

fuzz_target!(|changed: Changed| {
    let exchange = &EXCHANGES[changed.choose(EXCHANGES.len())];
    let bytes = changed.apply(&exchange.response);
    if exchange.decrypt(&bytes, exchange.rows).is_some() {
        assert_eq!(bytes.len(), exchange.response.len());
    }
});
