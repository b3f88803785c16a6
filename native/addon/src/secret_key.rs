//! A handle on a secret key. The key itself never enters JavaScript.

use crate::argument::Check;
use crate::failure::{Code, Fault, guard};
use crate::prepared_rows::PreparedRows;
use crate::work::{Promised, Work, on_pool, promised};
use crate::{Engine, argument, random};
use lattice::{MatrixInfo, RequestKind, Scheme};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Int32Array, Uint8Array, Unknown};
use napi_derive::napi;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

type Key = <Engine as Scheme>::SecretKey;

/// `SecretKey` in `sotto.d.ts`.
#[napi]
pub struct SecretKey {
    key: Mutex<Option<Arc<Key>>>,
}

#[napi]
impl SecretKey {
    /// The key that a 32-byte seed determines. The caller overwrites its own copy of the seed.
    #[napi(factory, js_name = "fromSeed")]
    pub fn from_seed(seed: Unknown) -> napi::Result<Self, Code> {
        let key = guard(|| Ok(Engine::secret_key(&*argument::seed(seed)?)))?;
        Ok(Self { key: Mutex::new(Some(Arc::new(key))) })
    }

    /// Serialized evaluation keys: the same bytes on every call.
    #[napi(js_name = "evaluationKeys")]
    pub fn evaluation_keys(&self) -> AsyncTask<Work<Uint8Array>> {
        on_pool(|| {
            let key = self.alive()?;
            Ok(Box::new(move || Ok(Engine::evaluation_keys(&key).into())))
        })
    }

    /// Encrypts `count` rows for the matrix of `facts`. A counter that was used before under this key is the
    /// caller's error, and cannot be noticed here.
    #[napi]
    pub fn encrypt<'env>(
        &self,
        env: &'env Env,
        facts: Unknown,
        rows: Unknown,
        count: Unknown,
        counter: Unknown,
    ) -> napi::Result<Promised<'env, Uint8Array>> {
        promised(env, || {
            let key = self.alive()?;
            let info = argument::facts(facts)?;
            let count = argument::count(count)?;
            let rows = argument::rows(rows, &info, count)?;
            let counter = argument::counter(counter)?;
            let numbers = rows.len();
            let job = Box::new(move || {
                let request = Engine::encrypt(&key, &info, &rows, count, counter, &mut random::fresh()?);
                request.map(Uint8Array::from).map_err(|error| Fault::argument(error.to_string()))
            });
            Ok((numbers, job))
        })
    }

    /// Decrypts a response to `count` rows: `[count][outputs]`. Refuses products over the range bound of `facts`, and with
    /// a `check` those that are not the products of its rows.
    #[napi]
    pub fn decrypt<'env>(
        &self,
        env: &'env Env,
        facts: Unknown,
        response: Unknown,
        count: Unknown,
        check: Unknown,
    ) -> napi::Result<Promised<'env, Int32Array>> {
        promised(env, || {
            let key = self.alive()?;
            let info = argument::facts(facts)?;
            let count = argument::count(count)?;
            let check = argument::check(check, &info, count)?;
            let response = argument::message(
                response,
                "response",
                Engine::response_len(&info, RequestKind::Whole, count),
            )?;
            let numbers = count * info.outputs as usize;
            let job = Box::new(move || {
                let outputs = Engine::decrypt(&key, &info, &response, count).map_err(Fault::format)?;
                checked_products(outputs, &info, check, count)
            });
            Ok((numbers, job))
        })
    }

    /// Asks a server to prepare `count` rows for the matrix of `facts`. The counter as for `encrypt`.
    #[napi]
    pub fn prepare(&self, facts: Unknown, count: Unknown, counter: Unknown) -> AsyncTask<Work<Uint8Array>> {
        on_pool(|| {
            self.alive()?;
            let info = argument::facts(facts)?;
            let count = argument::count(count)?;
            let counter = argument::counter(counter)?;
            Ok(Box::new(move || {
                Engine::prepare(&info, count, counter, &mut random::fresh()?)
                    .map(Uint8Array::from)
                    .map_err(|error| Fault::argument(error.to_string()))
            }))
        })
    }

    /// The rows that `preparation` asked for and `response` prepared. A preparation that was read before is the caller's
    /// error, and cannot be noticed here.
    #[napi]
    pub fn prepared(
        &self,
        facts: Unknown,
        count: Unknown,
        preparation: Unknown,
        response: Unknown,
    ) -> AsyncTask<Work<PreparedRows>> {
        on_pool(|| {
            let key = self.alive()?;
            let info = argument::facts(facts)?;
            let count = argument::count(count)?;
            let lengths = [Engine::request_len, Engine::response_len];
            let [asked, answered] = lengths.map(|len| len(&info, RequestKind::Preparation, count));
            let preparation = argument::message(preparation, "preparation", asked)?;
            let response = argument::message(response, "response", answered)?;
            Ok(Box::new(move || {
                Engine::prepared(&key, &info, &preparation, &response)
                    .map(|rows| PreparedRows::new(info, rows))
                    .map_err(Fault::format)
            }))
        })
    }

    /// Gives the key up. It is overwritten when the calls that are under way on it are done; every later call is
    /// refused. Safe to repeat.
    #[napi]
    pub fn destroy(&self) {
        self.key.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn alive(&self) -> Result<Arc<Key>, Fault> {
        let key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        key.clone().ok_or_else(|| Fault::argument("The key was destroyed."))
    }
}

/// Products that are in range and pass the check.
pub(crate) fn checked_products(
    outputs: Vec<i32>,
    info: &MatrixInfo,
    check: Option<Check>,
    count: usize,
) -> Result<Int32Array, Fault> {
    let mut outputs = Zeroizing::new(outputs);
    // All outputs are looked at: which one is wrong is not told by the time either.
    let in_range = |y: i32| u64::from(y.unsigned_abs()) <= info.range_bound;
    if !outputs.iter().fold(true, |good, &y| good & in_range(y)) {
        return Err(Fault::product("A product is out of range."));
    }
    if check.is_some_and(|check| !check.verifier.check(&check.rows, &outputs, count)) {
        return Err(Fault::product("The products are not those of the rows."));
    }
    Ok(Int32Array::from(std::mem::take(&mut *outputs)))
}
