//! The messages of prepared rows, each changed in turn: refused, or answered and read as rows as many as the head says.
#![no_main]

use lattice::{RequestKind, Rlwe, Scheme};
use libfuzzer_sys::fuzz_target;
use sotto_fuzz::{Changed, EXCHANGES, SERVER_KEYS};

fuzz_target!(|input: (u8, Changed)| {
    let (which, changed) = input;
    let exchange = &EXCHANGES[changed.choose(EXCHANGES.len())];
    let (key, info, matrix) = (&exchange.key, exchange.info(), &exchange.matrix);
    let rows =
        |bytes: &[u8]| u32::from_le_bytes(bytes[16..20].try_into().expect("a message has a head")) as usize;
    match which % 4 {
        0 => {
            let bytes = changed.apply(&exchange.preparation);
            let Ok(response) = Rlwe::multiply(&SERVER_KEYS, matrix, &bytes) else { return };
            let (kind, _) = Rlwe::asked(&bytes).expect("what is answered has a kind");
            assert_eq!(response.len(), Rlwe::response_len(info, kind, rows(&bytes)));
            assert!(bytes != exchange.preparation || response == exchange.prepared);
        }
        1 => {
            let bytes = changed.apply(&exchange.prepared);
            let Ok(prepared) = Rlwe::prepared(key, info, &exchange.preparation, &bytes) else { return };
            assert_eq!(Rlwe::prepared_rows(&prepared), exchange.rows);
        }
        2 => {
            let bytes = changed.apply(&exchange.online_request);
            let Ok(response) = Rlwe::multiply_online(matrix, &bytes) else { return };
            assert_eq!(bytes.len(), Rlwe::request_len(info, RequestKind::Online, rows(&bytes)));
            assert_eq!(response.len(), Rlwe::response_len(info, RequestKind::Online, rows(&bytes)));
            assert!(bytes != exchange.online_request || response == exchange.online_response);
        }
        _ => {
            let bytes = changed.apply(&exchange.online_response);
            let prepared = Rlwe::prepared(key, info, &exchange.preparation, &exchange.prepared)
                .expect("the vectors are read");
            let Ok(outputs) = Rlwe::decrypt_prepared(&prepared, &bytes) else { return };
            assert_eq!(outputs.len(), exchange.rows * info.outputs as usize);
            assert!(outputs.iter().all(|y| y.unsigned_abs() <= info.t / 2));
        }
    }
});
