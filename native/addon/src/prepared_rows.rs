//! A handle on rows that a server has prepared. What hides their values never enters JavaScript.

use crate::failure::{Code, Fault, guard};
use crate::secret_key::checked_products;
use crate::work::{Promised, promised};
use crate::{Engine, argument, random};
use lattice::{EncryptError, MatrixInfo, RequestKind, Scheme};
use napi::Env;
use napi::bindgen_prelude::{Int32Array, Uint8Array, Unknown};
use napi_derive::napi;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Prepared = <Engine as Scheme>::Prepared;

/// `PreparedRows` in `sotto.d.ts`.
#[napi]
pub struct PreparedRows {
    info: MatrixInfo,
    /// None when they are given up.
    rows: Arc<Mutex<Option<Prepared>>>,
}

impl PreparedRows {
    pub(crate) fn new(info: MatrixInfo, rows: Prepared) -> Self {
        Self { info, rows: Arc::new(Mutex::new(Some(rows))) }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Prepared>> {
        lock(&self.rows)
    }

    fn left(&self) -> Result<usize, Fault> {
        self.lock().as_ref().map(Engine::prepared_rows).ok_or_else(given_up)
    }
}

fn lock(rows: &Mutex<Option<Prepared>>) -> MutexGuard<'_, Option<Prepared>> {
    rows.lock().unwrap_or_else(PoisonError::into_inner)
}

fn given_up() -> Fault {
    Fault::argument("The prepared rows were destroyed.")
}

#[napi]
impl PreparedRows {
    /// Rows that it holds.
    #[napi]
    pub fn count(&self) -> napi::Result<u32, Code> {
        Ok(guard(|| Ok(self.left()? as u32))?)
    }

    /// Splits the first `count` rows off.
    #[napi]
    pub fn take(&self, count: Unknown) -> napi::Result<PreparedRows, Code> {
        let taken = guard(|| {
            let count = argument::count(count)?;
            let mut rows = self.lock();
            let rows = rows.as_mut().ok_or_else(given_up)?;
            let left = Engine::prepared_rows(rows);
            let taken = Engine::take_prepared(rows, count);
            taken.ok_or_else(|| Fault::argument(format!("count: {count} rows, but {left} are left")))
        })?;
        Ok(Self::new(self.info.clone(), taken))
    }

    /// Encrypts rows, as many as it holds, once.
    #[napi]
    pub fn encrypt<'env>(&self, env: &'env Env, rows: Unknown) -> napi::Result<Promised<'env, Uint8Array>> {
        promised(env, || {
            let values = argument::rows(rows, &self.info, self.left()?)?;
            let prepared = Arc::clone(&self.rows);
            let numbers = values.len();
            let job = Box::new(move || {
                let mut prepared = lock(&prepared);
                let prepared = prepared.as_mut().ok_or_else(given_up)?;
                Engine::encrypt_prepared(prepared, &values, &mut random::fresh()?)
                    .map(Uint8Array::from)
                    .map_err(|error: EncryptError| Fault::argument(error.to_string()))
            });
            Ok((numbers, job))
        })
    }

    /// Decrypts the response to their request: as `SecretKey.decrypt`.
    #[napi]
    pub fn decrypt<'env>(
        &self,
        env: &'env Env,
        response: Unknown,
        check: Unknown,
    ) -> napi::Result<Promised<'env, Int32Array>> {
        promised(env, || {
            let (info, count) = (self.info.clone(), self.left()?);
            let check = argument::check(check, &info, count)?;
            let expected = Engine::response_len(&info, RequestKind::Online, count);
            let response = argument::message(response, "response", expected)?;
            let prepared = Arc::clone(&self.rows);
            let numbers = count * info.outputs as usize;
            let job = Box::new(move || {
                let prepared = lock(&prepared);
                let prepared = prepared.as_ref().ok_or_else(given_up)?;
                let outputs = Engine::decrypt_prepared(prepared, &response).map_err(Fault::format)?;
                checked_products(outputs, &info, check, count)
            });
            Ok((numbers, job))
        })
    }

    /// Overwrites what it holds; every later call is refused. Safe to repeat.
    #[napi]
    pub fn destroy(&self) {
        self.lock().take();
    }
}
