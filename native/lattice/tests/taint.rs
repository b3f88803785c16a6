//! No branch and no memory index of sampling, encryption, decryption and verification depends on a secret.
//!
//! Valgrind's memcheck follows undefined bytes through every instruction and reports conditional jumps and addresses that
//! depend on them. With secrets declared undefined, these are the reports of secret-dependent timing (A. Langley's
//! ctgrind, 2010). The machine code that is looked at is that of the release build, on the instruction sets that valgrind
//! knows: the portable one and AVX2.
//!
//! What is public is declared so again where a client makes it public: a request that is sent, keys that are sent, the
//! result of a check. Two more such places are within the library, in taint.supp: `bounds::check_rows` tells its caller
//! whether any value is out of range, and the a-parts of keys come from a seed that is sent with them.
//!
//! **Unsafe code.** Valgrind's client requests: instructions that do nothing outside of it.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]
#![allow(unsafe_code)]

use lattice::{MatrixInfo, RequestKind, Rlwe, Scheme, Verifier};
use rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng};
use std::arch::asm;
use std::convert::Infallible;
use std::io::Write as _;
use std::process::{Command, Output};

/// `VG_USERREQ__RUNNING_ON_VALGRIND` of valgrind.h.
const RUNNING_ON_VALGRIND: u64 = 0x1001;
/// `VG_USERREQ__MAKE_MEM_UNDEFINED` of memcheck.h.
const MAKE_UNDEFINED: u64 = 0x4d43_0001;
/// `VG_USERREQ__MAKE_MEM_DEFINED` of memcheck.h.
const MAKE_DEFINED: u64 = 0x4d43_0002;

/// A client request with two arguments: valgrind.h's sequence for amd64.
fn client_request(request: u64, first: u64, second: u64) -> u64 {
    let arguments = [request, first, second, 0, 0, 0];
    let mut result: u64 = 0;
    // SAFETY: rotations by 128 bits in all, and an exchange of a register with itself. Memory is not named as an operand
    // on purpose: what the request says of it must hold for all code around it.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") result,
        );
    }
    result
}

fn on_valgrind() -> bool {
    client_request(RUNNING_ON_VALGRIND, 0, 0) > 0
}

/// Declares values secret.
fn hide<T>(values: &mut [T]) {
    client_request(MAKE_UNDEFINED, values.as_ptr() as u64, size_of_val(values) as u64);
}

/// Declares values public.
fn publish<T>(values: &[T]) {
    client_request(MAKE_DEFINED, values.as_ptr() as u64, size_of_val(values) as u64);
}

/// Whether a public result is true.
fn published(result: bool) -> bool {
    let result = std::hint::black_box([result]);
    publish(&result);
    std::hint::black_box(result)[0]
}

/// Randomness whose first sixteen bytes, a request's salt, are public, and all others secret.
struct Hidden {
    random: chacha20::ChaCha20Rng,
    salt_is_drawn: bool,
}

impl TryRng for Hidden {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.random.fill_bytes(bytes);
        if self.salt_is_drawn {
            hide(bytes);
        }
        self.salt_is_drawn = true;
        Ok(())
    }
}

impl TryCryptoRng for Hidden {}

fn hidden(salt_is_drawn: bool) -> Hidden {
    Hidden { random: chacha20::ChaCha20Rng::from_seed([3; 32]), salt_is_drawn }
}

/// The client's work with secrets: one row in a ciphertext, and packed ones; at once, and prepared.
#[test]
#[ignore = "runs under valgrind alone, which the test below starts"]
fn secrets() {
    assert!(on_valgrind());
    let mut seed = [1; 32];
    hide(&mut seed);
    let key = Rlwe::secret_key(&seed);
    let keys = Rlwe::evaluation_keys(&key);
    publish(&keys);
    assert!(Rlwe::parse_evaluation_keys(&keys).is_ok());
    let (inputs, outputs) = (300, 260);
    let weights: Vec<i8> = (0..inputs * outputs).map(|i| (i % 251) as i8).collect();
    let shape = lattice::Shape { inputs, outputs };
    let info: MatrixInfo = Rlwe::assess("m", shape, &weights).unwrap();
    let verifier = Verifier::new(&info, &weights, &mut hidden(true)).unwrap();
    // What a server could answer: the head of kind `answers`, and anything after it. Padding is zero.
    let answer = |kind, answers: u8, message: &[u8], count: usize| {
        let mut response = vec![0x35; Rlwe::response_len(&info, kind, count)];
        response[..8].copy_from_slice(&message[..8]);
        response[5] = answers;
        for (field, value) in response[8..20].chunks_mut(4).zip([info.outputs, info.t, count as u32]) {
            field.copy_from_slice(&value.to_le_bytes());
        }
        *response.last_mut().unwrap() = 0;
        response
    };
    for count in [1, 17] {
        let mut rows: Vec<i8> = (0..count * inputs).map(|i| (i % 255) as i8 - 127).collect();
        hide(&mut rows);
        let request = Rlwe::encrypt(&key, &info, &rows, count, 5, &mut hidden(false)).unwrap();
        publish(&request);
        assert_eq!(request.len(), Rlwe::request_len(&info, RequestKind::Whole, count));
        let response = answer(RequestKind::Whole, 3, &request, count);
        let products = Rlwe::decrypt(&key, &info, &response, count).unwrap();
        assert_eq!(products.len(), count * outputs);
        assert!(!published(verifier.check(&rows, &products, count)));
    }
    for count in [1, 17] {
        let mut rows: Vec<i8> = (0..count * inputs).map(|i| (i % 255) as i8 - 127).collect();
        hide(&mut rows);
        let preparation = Rlwe::prepare(&info, count, 6, &mut hidden(false)).unwrap();
        let response = answer(RequestKind::Preparation, 3, &preparation, count);
        let mut prepared = Rlwe::prepared(&key, &info, &preparation, &response).unwrap();
        let request = Rlwe::encrypt_prepared(&mut prepared, &rows, &mut hidden(true)).unwrap();
        publish(&request);
        assert_eq!(request.len(), Rlwe::request_len(&info, RequestKind::Online, count));
        let response = answer(RequestKind::Online, 6, &request, count);
        let products = Rlwe::decrypt_prepared(&prepared, &response).unwrap();
        assert!(!published(verifier.check(&rows, &products, count)));
    }
    if std::env::var_os("SOTTO_TAINT_LEAK").is_some() && key_like_bit(&seed) {
        println!("a branch that valgrind must report");
    }
}

#[inline(never)]
fn key_like_bit(seed: &[u8; 32]) -> bool {
    std::hint::black_box(seed[7]) & 1 == 1
}

/// This program under valgrind, with the one test above; nothing where there is no valgrind.
fn under_valgrind(simd: &str, leak: bool) -> Option<Output> {
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--error-exitcode=99", "--exit-on-first-error=no", "--num-callers=20"]);
    command.arg(format!("--suppressions={}/tests/taint.supp", env!("CARGO_MANIFEST_DIR")));
    command.arg(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "secrets", "--nocapture", "--test-threads=1"]);
    command.env("SOTTO_SIMD", simd).env("RAYON_NUM_THREADS", "1").env_remove("SOTTO_TAINT_LEAK");
    if leak {
        command.env("SOTTO_TAINT_LEAK", "1");
    }
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "skipped: valgrind was not started ({error})");
            None
        }
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn no_branch_and_no_address_depends_on_a_secret() {
    for simd in ["portable", "avx2"] {
        let Some(output) = under_valgrind(simd, false) else { return };
        assert!(output.status.success(), "{simd}: {}", text(&output));
        assert!(text(&output).contains("1 passed"), "{simd}: {}", text(&output));
    }
}

/// The check can fail.
#[test]
fn a_branch_on_a_secret_is_reported() {
    let Some(output) = under_valgrind("portable", true) else { return };
    assert_eq!(output.status.code(), Some(99), "{}", text(&output));
    assert!(text(&output).contains("key_like_bit") || text(&output).contains("secrets"), "{}", text(&output));
}
