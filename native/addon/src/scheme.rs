//! Public facts of the scheme and the lengths of its messages.

use crate::failure::{Code, guard};
use crate::{Engine, argument};
use lattice::{MatrixInfo, RequestKind, Scheme};
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

/// Parameters of the scheme, `SchemeFacts` in `sotto.d.ts`.
#[napi(object)]
pub struct SchemeFacts {
    /// Name, as reports show it.
    pub name: String,
    /// Ring degree.
    pub n: u32,
    /// log2 of the ciphertext modulus.
    #[napi(js_name = "log2Q")]
    pub log2_q: f64,
    /// log2 of the largest modulus under which a key is published.
    #[napi(js_name = "log2Qp")]
    pub log2_qp: f64,
    /// Standard deviation of the error.
    #[napi(js_name = "errorSigma")]
    pub error_sigma: f64,
    /// Most rows in one request.
    #[napi(js_name = "maxRows")]
    pub max_rows: u32,
}

/// The scheme's parameters.
#[napi(js_name = "schemeInfo")]
pub fn scheme_info() -> napi::Result<SchemeFacts, Code> {
    let facts = guard(|| {
        let info = Engine::info();
        Ok(SchemeFacts {
            name: info.name.to_owned(),
            n: info.n,
            log2_q: info.log2_q,
            log2_qp: info.log2_qp,
            error_sigma: info.error_sigma,
            max_rows: Engine::MAX_ROWS as u32,
        })
    })?;
    Ok(facts)
}

/// Bytes of a message to a server that asks for `count` rows.
#[napi(js_name = "requestBytes")]
pub fn request_bytes(facts: Unknown, count: Unknown, kind: Option<Unknown>) -> napi::Result<u32, Code> {
    message_bytes(facts, count, kind, Engine::request_len)
}

/// Bytes of the response to it.
#[napi(js_name = "responseBytes")]
pub fn response_bytes(facts: Unknown, count: Unknown, kind: Option<Unknown>) -> napi::Result<u32, Code> {
    message_bytes(facts, count, kind, Engine::response_len)
}

fn message_bytes(
    facts: Unknown,
    count: Unknown,
    kind: Option<Unknown>,
    len: fn(&MatrixInfo, RequestKind, usize) -> usize,
) -> napi::Result<u32, Code> {
    Ok(guard(|| {
        let (info, kind, count) = (argument::facts(facts)?, argument::kind(kind)?, argument::count(count)?);
        Ok(len(&info, kind, count) as u32)
    })?)
}
