//! Work with a promise for its result: on libuv's thread pool, or at once where that takes less time than waking a thread
//! of the pool and the event loop after it.

use crate::failure::{Fault, guard};
use napi::bindgen_prelude::{AsyncTask, Either, PromiseRaw, ToNapiValue, TypeName};
use napi::{Env, JsError, Task, Unknown};

/// What runs on the pool.
pub type Job<V> = Box<dyn FnOnce() -> Result<V, Fault> + Send>;

/// One call's work. A panic in it rejects the promise: napi's own task would end the process.
pub struct Work<V> {
    job: Option<Job<V>>,
}

/// Checks arguments with `prepare` on the event loop, then runs the job that it returns on the pool. Whatever fails
/// rejects the promise.
pub fn on_pool<V>(prepare: impl FnOnce() -> Result<Job<V>, Fault>) -> AsyncTask<Work<V>>
where
    V: ToNapiValue + TypeName + Send + 'static,
{
    let job = guard(prepare).unwrap_or_else(|fault| Box::new(|| Err(fault)));
    AsyncTask::new(Work { job: Some(job) })
}

/// A promise for a result: on its way, or settled.
pub type Promised<'env, V> = Either<AsyncTask<Work<V>>, PromiseRaw<'env, V>>;

/// Numbers in and out of a message for which encrypting and decrypting is short: a GPT-2 token's rows, one at a time
/// (`npm run bench -- answer` prints `answer-crypto`, of which waking threads was more than half).
const SHORT: usize = 4096;

/// As [`on_pool`], or at once for a job on few numbers: `prepare` returns their count with the job.
pub fn promised<'env, V>(
    env: &'env Env,
    prepare: impl FnOnce() -> Result<(usize, Job<V>), Fault>,
) -> napi::Result<Promised<'env, V>>
where
    V: ToNapiValue + TypeName + Send + 'static,
{
    match guard(prepare) {
        Ok((numbers, job)) if numbers > SHORT => Ok(Either::A(AsyncTask::new(Work { job: Some(job) }))),
        ready => match guard(|| ready.and_then(|(_, job)| job())) {
            Ok(value) => PromiseRaw::resolve(env, value),
            Err(fault) => PromiseRaw::reject(env, rejection(*env, fault)),
        }
        .map(Either::B),
    }
}

/// The error object that JavaScript sees: a task can only reject with a status of napi's own set, and this keeps our `code`.
fn rejection<'env>(env: Env, fault: Fault) -> Unknown<'env> {
    JsError::from(napi::Error::from(fault)).into_unknown(env)
}

impl<V> Task for Work<V>
where
    V: ToNapiValue + TypeName + Send + 'static,
{
    type Output = Result<V, Fault>;
    type JsValue = V;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let job = self.job.take();
        Ok(guard(|| job.map_or_else(|| Err(Fault::internal("The work ran twice.")), |job| job())))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<V> {
        output.map_err(|fault| napi::Error::from_unknown_without_coercion(rejection(env, fault)))
    }
}
