//! The committed vectors: messages that must come out byte for byte, and messages that must be refused.
//!
//! `vectors/accept/NAME.json` says how a product was made, beside it lie its request and response, and what the same rows
//! take in two halves: preparation, its answer (`prepared`), online request and online response.
//! `vectors/reject/MESSAGE-FAILURE[-detail].bin` is a message of the client or server of the product `3x2` that must be
//! refused with that failure, a variant of `FormatError`. `cargo test -p lattice --test vectors -- --ignored` writes all
//! of them anew, after a change of the format version or of a server's rounding.

use lattice::{FormatError, MultiplyError, Rlwe, Scheme, Shape};
use rand_core::SeedableRng;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The product that the rejected messages were made from.
const SMALL: (usize, usize, usize) = (3, 2, 1);
/// A product whose babies are all made: those of the other two for single rows are halved.
const WHOLE: (usize, usize, usize) = (20, 300, 1);
/// A product with two ciphertexts to a row, two blocks and two rows.
const LARGE: (usize, usize, usize) = (1030, 300, 2);
/// A product of packed rows, the second ciphertext of which has one: two ciphertexts to the inputs, two blocks.
const PACKED: (usize, usize, usize) = (260, 258, 17);

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

struct Product {
    key: <Rlwe as Scheme>::SecretKey,
    matrix: <Rlwe as Scheme>::Matrix,
    count: usize,
    outputs: Vec<i32>,
    request: Vec<u8>,
    response: Vec<u8>,
    preparation: Vec<u8>,
    prepared: Vec<u8>,
    online_request: Vec<u8>,
    online_response: Vec<u8>,
}

impl Product {
    /// The messages with their files' names.
    fn files(&self) -> [(&'static str, &Vec<u8>); 6] {
        [
            ("request.bin", &self.request),
            ("response.bin", &self.response),
            ("preparation.bin", &self.preparation),
            ("prepared.bin", &self.prepared),
            ("online-request.bin", &self.online_request),
            ("online-response.bin", &self.online_response),
        ]
    }
}

static SERIALIZED: LazyLock<Vec<u8>> = LazyLock::new(|| Rlwe::evaluation_keys(&Rlwe::secret_key(&[1; 32])));
static KEYS: LazyLock<<Rlwe as Scheme>::EvaluationKeys> =
    LazyLock::new(|| Rlwe::parse_evaluation_keys(&SERIALIZED).unwrap());

/// The product that a vector describes, by the recipe in its description.
fn make((inputs, outputs, count): (usize, usize, usize)) -> Product {
    let key = Rlwe::secret_key(&[1; 32]);
    let weights: Vec<i8> = (0..outputs)
        .flat_map(|o| (0..inputs).map(move |i| ((31 * o + 17 * i) % 255) as i32 - 127))
        .map(|w| w as i8)
        .collect();
    let rows: Vec<i8> =
        (0..count * inputs).map(|i| ((73 * i + 5) % 255) as i32 - 127).map(|x| x as i8).collect();
    let matrix = Rlwe::encode_matrix("vector", Shape { inputs, outputs }, &weights).unwrap();
    let mut random = chacha20::ChaCha20Rng::from_seed([2; 32]);
    let request = Rlwe::encrypt(&key, Rlwe::matrix_info(&matrix), &rows, count, 3, &mut random).unwrap();
    let response = Rlwe::multiply(&KEYS, &matrix, &request).unwrap();
    let info = Rlwe::matrix_info(&matrix);
    let preparation = Rlwe::prepare(info, count, 4, &mut random).unwrap();
    let prepared = Rlwe::multiply(&KEYS, &matrix, &preparation).unwrap();
    let mut own = Rlwe::prepared(&key, info, &preparation, &prepared).unwrap();
    let online_request = Rlwe::encrypt_prepared(&mut own, &rows, &mut random).unwrap();
    let online_response = Rlwe::multiply_online(&matrix, &online_request).unwrap();
    let outputs = rows
        .chunks_exact(inputs)
        .flat_map(|x| {
            let dot = |w: &[i8]| w.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum();
            weights.chunks_exact(inputs).map(dot).collect::<Vec<i32>>()
        })
        .collect();
    Product {
        key,
        matrix,
        count,
        outputs,
        request,
        response,
        preparation,
        prepared,
        online_request,
        online_response,
    }
}

fn describe((inputs, outputs, count): (usize, usize, usize), product: &Product) -> Value {
    json!({
        "key_seed": "32 bytes 01",
        "evaluation_keys_length": SERIALIZED.len(),
        "evaluation_keys_sha256": hex(&Sha256::digest(&*SERIALIZED)),
        "inputs": inputs,
        "outputs": outputs,
        "weights": "W[o][i] = (31 o + 17 i) mod 255 - 127",
        "rows": count,
        "values": "x[i] = (73 i + 5) mod 255 - 127, i over all rows",
        "counter": 3,
        "counter_of_preparation": 4,
        "random": "ChaCha20 keystream, key 32 bytes 02, nonce and counter zero: 16 bytes of salt, 32 of the key of the errors, and the same for preparation and online request",
        "t": Rlwe::matrix_info(&product.matrix).t,
        "products": product.outputs,
    })
}

fn name((inputs, outputs, _): (usize, usize, usize)) -> String {
    format!("{inputs}x{outputs}")
}

#[test]
fn accepted_vectors_come_out_byte_for_byte() {
    for shape in [SMALL, WHOLE, LARGE, PACKED] {
        let product = make(shape);
        let name = name(shape);
        let read = |suffix: &str| fs::read(folder("accept").join(format!("{name}.{suffix}"))).unwrap();
        let description: Value = serde_json::from_slice(&read("json")).unwrap();
        assert_eq!(description, describe(shape, &product));
        for (suffix, message) in product.files() {
            assert!(&read(suffix) == message, "{name}: {suffix} differs");
        }
        let (key, info) = (&product.key, Rlwe::matrix_info(&product.matrix));
        let outputs = Rlwe::decrypt(key, info, &read("response.bin"), product.count);
        assert_eq!(outputs.unwrap(), product.outputs);
        let prepared = Rlwe::prepared(key, info, &read("preparation.bin"), &read("prepared.bin"));
        let outputs = Rlwe::decrypt_prepared(&prepared.unwrap(), &read("online-response.bin"));
        assert_eq!(outputs.unwrap(), product.outputs);
    }
}

/// What reading a message of the given kind says.
fn refuse(product: &Product, kind: &str, bytes: &[u8]) -> FormatError {
    match kind {
        "keys" => Rlwe::parse_evaluation_keys(bytes).err(),
        "request" => {
            Rlwe::multiply(&KEYS, &product.matrix, bytes).err().map(|MultiplyError::Format(error)| error)
        }
        "response" => {
            Rlwe::decrypt(&product.key, Rlwe::matrix_info(&product.matrix), bytes, product.count).err()
        }
        _ => None,
    }
    .expect("the message was accepted")
}

#[test]
fn rejected_vectors_are_refused_for_the_reason_they_are_named_for() {
    let product = make(SMALL);
    let mut files = 0;
    for entry in fs::read_dir(folder("reject")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (kind, failure) = name.split_once('-').unwrap();
        let failure = failure.split('-').next().unwrap();
        let error = refuse(&product, kind, &fs::read(&path).unwrap());
        let variant = format!("{error:?}").to_lowercase();
        assert!(variant.starts_with(failure), "{name}: {error}");
        files += 1;
    }
    assert_eq!(files, rejects(&product).len());
}

/// Evaluation keys are too large for a file: the accepted ones with one coefficient of all ones.
#[test]
fn evaluation_keys_with_an_unreduced_coefficient_are_refused() {
    for offset in [40, 40 + 14336, SERIALIZED.len() - 4] {
        let mut bytes = SERIALIZED.clone();
        bytes[offset..offset + 4].fill(0xff);
        assert!(
            matches!(Rlwe::parse_evaluation_keys(&bytes), Err(FormatError::Coefficient { .. })),
            "{offset}"
        );
    }
    assert!(matches!(
        Rlwe::parse_evaluation_keys(&SERIALIZED[..SERIALIZED.len() - 1]),
        Err(FormatError::Length { .. })
    ));
}

/// The rejected messages: name and bytes.
fn rejects(product: &Product) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let messages =
        [("keys", &SERIALIZED[..40]), ("request", &product.request[..]), ("response", &product.response[..])];
    for (kind, message) in messages {
        let mut file = |failure: &str, change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = message.to_vec();
            change(&mut bytes);
            files.push((format!("{kind}-{failure}"), bytes));
        };
        file("magic", &|b| b[0] ^= 1);
        file("magic-kind", &|b| b[5] = 9);
        file("version", &|b| b[4] += 1);
        file("scheme", &|b| b[6] = 255);
        file("layout", &|b| b[7] = 1);
        file("layout-packed", &|b| b[7] = 16);
        file("length-empty", &|b| b.clear());
        file("length-head", &|b| b.truncate(12));
        file("length-short", &|b| b.truncate(b.len() - 1));
        file("length-long", &|b| b.push(0));
        if kind == "keys" {
            continue;
        }
        file("field-width", &|b| b[8] += 1);
        file("field-modulus", &|b| b[12] ^= 2);
        file("rows-none", &|b| b[16] = 0);
        file("rows-many", &|b| b[16] = 65);
        file("padding", &|b| *b.last_mut().unwrap() |= 0x80);
        if kind == "request" {
            // So many rows are packed.
            file("length-rows", &|b| (b[16], b[7]) = (2, 16));
            file("layout-rows", &|b| b[16] = 2);
            file("coefficient", &|b| {
                b[44..50].fill(0xff);
                b[50] |= 1; // 49 bits
            });
        } else {
            file("field-rows", &|b| b[16] = 2);
        }
    }
    files
}

#[test]
#[ignore = "writes the vectors anew"]
fn write_vectors() {
    for shape in [SMALL, WHOLE, LARGE, PACKED] {
        let product = make(shape);
        let path = |suffix: &str| folder("accept").join(format!("{}.{suffix}", name(shape)));
        let description = serde_json::to_string_pretty(&describe(shape, &product)).unwrap();
        fs::write(path("json"), description + "\n").unwrap();
        for (suffix, message) in product.files() {
            fs::write(path(suffix), message).unwrap();
        }
    }
    for (name, bytes) in rejects(&make(SMALL)) {
        fs::write(folder("reject").join(name + ".bin"), bytes).unwrap();
    }
}
