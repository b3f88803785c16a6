//! Work on libuv's thread pool, with a promise for its result.

use crate::failure::{Fault, guard};
use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, JsError, Task};

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
        // A task can only reject with a status of napi's own set; an error object keeps our `code`.
        output.map_err(|fault| {
            let error = JsError::from(napi::Error::from(fault)).into_unknown(env);
            napi::Error::from_unknown_without_coercion(error)
        })
    }
}
