//! An addon whose work panics on purpose, for the test that no panic ends the Node process. Not part of a product.

use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use sotto_addon::failure::{Code, guard};
use sotto_addon::work::{Work, on_pool};

/// Panics on the thread pool.
#[napi(js_name = "panicOnPool")]
pub fn panic_on_pool() -> AsyncTask<Work<bool>> {
    on_pool(|| Ok(Box::new(|| panic!("on purpose"))))
}

/// Panics while arguments are checked, on the event loop.
#[napi(js_name = "panicInArguments")]
pub fn panic_in_arguments() -> AsyncTask<Work<bool>> {
    on_pool(|| panic!("on purpose"))
}

/// Panics in a synchronous call.
#[napi(js_name = "panicAtOnce")]
pub fn panic_at_once() -> napi::Result<bool, Code> {
    Ok(guard(|| panic!("on purpose"))?)
}
