//! Checked conversion of JavaScript's values. N-API's own number conversion wraps and truncates, so nothing here
//! relies on it.

use crate::Engine;
use crate::failure::Fault;
use crate::verifier::Verifier;
use lattice::{MatrixInfo, RequestKind, Scheme};
use napi::bindgen_prelude::{BigInt, ClassInstance, FromNapiValue, Object, Uint8Array, Unknown};
use napi::{JsValue, ValueType};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Largest integer that a JavaScript number holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
/// No matrix of a language model comes near; it keeps every length below within 32 bits.
const MAX_DIMENSION: u64 = 1 << 20;
/// Plaintext moduli are primes below this.
const MAX_T: u64 = 1 << 31;

/// Byte that stands for 0 in rows, and in weights with zero point 128.
const ZERO_POINT: u8 = 128;

/// Zeroized copy of a 32-byte seed.
pub(crate) fn seed(value: Unknown) -> Result<Zeroizing<[u8; 32]>, Fault> {
    let bytes = byte_array(value, "seed")?;
    let seed: &[u8; 32] = bytes
        .as_ref()
        .try_into()
        .map_err(|_| Fault::argument(format!("seed: {} bytes instead of 32", bytes.len())))?;
    Ok(Zeroizing::new(*seed))
}

/// Facts of a remote matrix, `MatrixFacts` in `sotto.d.ts`.
pub(crate) fn facts(value: Unknown) -> Result<MatrixInfo, Fault> {
    let object = object(value, "facts")?;
    Ok(MatrixInfo {
        inputs: field_integer(&object, "inputs", 1, MAX_DIMENSION)? as u32,
        outputs: field_integer(&object, "outputs", 1, MAX_DIMENSION)? as u32,
        t: field_integer(&object, "t", 3, MAX_T)? as u32,
        range_bound: field_integer(&object, "rangeBound", 0, MAX_T)?,
        noise_log2: field_number(&object, "noiseLog2")?,
        failure_log2: field_number(&object, "failureLog2")?,
    })
}

/// `RequestKind` in `sotto.d.ts`; a whole request where none is given.
pub(crate) fn kind(value: Option<Unknown>) -> Result<RequestKind, Fault> {
    let Some(value) = value.filter(|value| !matches!(value.get_type(), Ok(ValueType::Undefined))) else {
        return Ok(RequestKind::Whole);
    };
    match cast::<String>(value).as_deref() {
        Some("whole") => Ok(RequestKind::Whole),
        Some("preparation") => Ok(RequestKind::Preparation),
        Some("online") => Ok(RequestKind::Online),
        _ => Err(Fault::argument("kind: neither 'whole' nor 'preparation' nor 'online'")),
    }
}

/// A number of rows that fits one request.
pub(crate) fn count(value: Unknown) -> Result<usize, Fault> {
    let count = integer(number(value, "count")?, "count", 1, Engine::MAX_ROWS as u64)?;
    Ok(count as usize)
}

/// Zeroized copy of `count` rows: bytes with zero point 128 become int8.
pub(crate) fn rows(value: Unknown, info: &MatrixInfo, count: usize) -> Result<Zeroizing<Vec<i8>>, Fault> {
    let bytes = byte_array(value, "rows")?;
    let expected = info.inputs as usize * count;
    if bytes.len() != expected {
        return Err(Fault::argument(format!("rows: {} bytes instead of {expected}", bytes.len())));
    }
    // All bytes are looked at: where a bad one stands is not told by the time either.
    if bytes.iter().fold(false, |bad, &byte| bad | (byte == 0)) {
        return Err(Fault::argument("rows: a byte is 0, which stands for -128 and is outside -127..=127"));
    }
    Ok(Zeroizing::new(bytes.iter().map(|&byte| int8(byte)).collect()))
}

/// What products are checked with.
pub(crate) struct Check {
    pub(crate) verifier: Arc<lattice::Verifier>,
    pub(crate) rows: Zeroizing<Vec<i8>>,
}

/// `ProductCheck` in `sotto.d.ts`, of `count` rows; nothing for null.
pub(crate) fn check(value: Unknown, info: &MatrixInfo, count: usize) -> Result<Option<Check>, Fault> {
    if matches!(value.get_type(), Ok(ValueType::Null)) {
        return Ok(None);
    }
    let object = object(value, "check")?;
    let verifier = cast::<ClassInstance<Verifier>>(field(&object, "verifier")?)
        .ok_or_else(|| Fault::argument("verifier: not a Verifier"))?;
    let verifier =
        verifier.of(info).ok_or_else(|| Fault::argument("verifier: it is that of another matrix"))?;
    Ok(Some(Check { verifier, rows: rows(field(&object, "rows")?, info, count)? }))
}

/// A copy of a message that has the one length it can have.
pub(crate) fn message(value: Unknown, name: &str, expected: usize) -> Result<Vec<u8>, Fault> {
    let bytes = byte_array(value, name)?;
    if bytes.len() != expected {
        return Err(Fault::format(format!("{name}: {} bytes instead of {expected}", bytes.len())));
    }
    Ok(bytes.to_vec())
}

/// The order in which a matrix's weights lie in memory, and the byte that stands for 0.
pub(crate) struct Layout {
    input_major: bool,
    zero_point: u8,
}

/// `WeightLayout` in `sotto.d.ts`.
pub(crate) fn layout(value: Unknown) -> Result<Layout, Fault> {
    let object = object(value, "layout")?;
    let order: Option<String> = object.get("layout").ok().flatten();
    let input_major = match order.as_deref() {
        Some("input-major") => true,
        Some("output-major") => false,
        _ => return Err(Fault::argument("layout.layout: neither 'input-major' nor 'output-major'")),
    };
    let zero_point = match field_number(&object, "zeroPoint")? {
        0.0 => 0,
        128.0 => ZERO_POINT,
        _ => return Err(Fault::argument("layout.zeroPoint: neither 0 (int8) nor 128 (uint8)")),
    };
    Ok(Layout { input_major, zero_point })
}

/// A copy of a matrix's weights, as JavaScript gave them.
pub(crate) fn weights(value: Unknown, info: &MatrixInfo) -> Result<Vec<u8>, Fault> {
    let bytes = byte_array(value, "weights")?;
    let expected = info.inputs as usize * info.outputs as usize;
    if bytes.len() != expected {
        return Err(Fault::argument(format!("weights: {} bytes instead of {expected}", bytes.len())));
    }
    Ok(bytes.to_vec())
}

impl Layout {
    /// Weights as lattice takes them: int8, `[outputs][inputs]`.
    pub(crate) fn output_major(&self, weights: &[u8], info: &MatrixInfo) -> Vec<i8> {
        let value = |byte: u8| if self.zero_point == ZERO_POINT { int8(byte) } else { byte.cast_signed() };
        if !self.input_major {
            return weights.iter().map(|&byte| value(byte)).collect();
        }
        let outputs = info.outputs as usize;
        (0..outputs)
            .flat_map(|output| weights.iter().skip(output).step_by(outputs))
            .map(|&byte| value(byte))
            .collect()
    }
}

/// A counter of 64 bits.
pub(crate) fn counter(value: Unknown) -> Result<u64, Fault> {
    let wrong = || Fault::argument("counter: not a bigint in 0..2^64");
    if !matches!(value.get_type(), Ok(ValueType::BigInt)) {
        return Err(wrong());
    }
    let counter: BigInt = cast(value).ok_or_else(wrong)?;
    match counter.get_u64() {
        (false, counter, true) => Ok(counter),
        _ => Err(wrong()),
    }
}

fn int8(byte: u8) -> i8 {
    (byte ^ ZERO_POINT).cast_signed()
}

fn byte_array(value: Unknown, name: &str) -> Result<Uint8Array, Fault> {
    cast(value).ok_or_else(|| Fault::argument(format!("{name}: not a Uint8Array")))
}

fn object<'env>(value: Unknown<'env>, name: &str) -> Result<Object<'env>, Fault> {
    let wrong = || Fault::argument(format!("{name}: not an object"));
    match value.get_type() {
        Ok(ValueType::Object) => cast(value).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

fn field_integer(object: &Object, name: &str, least: u64, most: u64) -> Result<u64, Fault> {
    integer(field_number(object, name)?, name, least, most)
}

fn field_number(object: &Object, name: &str) -> Result<f64, Fault> {
    number(field(object, name)?, name)
}

fn field<'env>(object: &Object<'env>, name: &str) -> Result<Unknown<'env>, Fault> {
    object.get(name).ok().flatten().ok_or_else(|| Fault::argument(format!("{name}: missing")))
}

fn number(value: Unknown, name: &str) -> Result<f64, Fault> {
    let wrong = || Fault::argument(format!("{name}: not a finite number"));
    if !matches!(value.get_type(), Ok(ValueType::Number)) {
        return Err(wrong());
    }
    let number: f64 = cast(value).ok_or_else(wrong)?;
    if number.is_finite() { Ok(number) } else { Err(wrong()) }
}

fn integer(number: f64, name: &str, least: u64, most: u64) -> Result<u64, Fault> {
    let whole = number.trunc() == number && (0.0..=MAX_SAFE_INTEGER).contains(&number);
    let value = number as u64;
    if whole && (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Fault::argument(format!("{name}: not an integer in {least}..={most}")))
    }
}

/// The value as a `V`, or nothing when it is of another type.
fn cast<V: FromNapiValue>(value: Unknown) -> Option<V> {
    // SAFETY: `Unknown` holds a value of the calling scope, and the conversions used here check its type.
    unsafe { V::from_napi_value(value.value().env, value.raw()) }.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(inputs: u32, outputs: u32) -> MatrixInfo {
        MatrixInfo { inputs, outputs, t: 257, range_bound: 0, noise_log2: 0.0, failure_log2: 0.0 }
    }

    #[test]
    fn weights_of_every_layout_become_the_same_rows() {
        // Two outputs, three inputs: [[1, -2, 3], [4, 5, -6]].
        let expected = [1i8, -2, 3, 4, 5, -6];
        let unsigned = Layout { input_major: true, zero_point: 128 };
        assert_eq!(unsigned.output_major(&[129, 132, 126, 133, 131, 122], &info(3, 2)), expected);
        let signed = Layout { input_major: false, zero_point: 0 };
        assert_eq!(signed.output_major(&[1, 254, 3, 4, 5, 250], &info(3, 2)), expected);
    }

    #[test]
    fn integers_are_neither_wrapped_nor_truncated() {
        assert_eq!(integer(7.0, "n", 1, 64), Ok(7));
        for wrong in [0.0, -1.0, 1.5, 65.0, 4_294_967_297.0, 1e300] {
            assert!(integer(wrong, "n", 1, 64).is_err(), "{wrong}");
        }
    }
}
