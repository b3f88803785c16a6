//! How a call into the addon fails.

use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

/// The `code` property of the errors that JavaScript sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The caller passed a value of the wrong type, length or range, or used a destroyed key.
    Argument,
    /// Bytes from outside are not what they should be: a malformed response, or weights that do not fit.
    Format,
    /// A response is well-formed, and its products are wrong.
    Product,
    /// A defect of this library, or no randomness from the operating system.
    Internal,
}

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        match self {
            Self::Argument => "argument",
            Self::Format => "format",
            Self::Product => "product",
            Self::Internal => "internal",
        }
    }
}

/// A failed call. The message names the argument and never holds a secret value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of failure.
    pub code: Code,
    /// One sentence for a developer.
    pub message: String,
}

impl Fault {
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self { code: Code::Argument, message: message.into() }
    }

    pub(crate) fn format(message: impl ToString) -> Self {
        Self { code: Code::Format, message: message.to_string() }
    }

    pub(crate) fn product(message: impl Into<String>) -> Self {
        Self { code: Code::Product, message: message.into() }
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self { code: Code::Internal, message: message.into() }
    }
}

impl From<Fault> for napi::Error<Code> {
    fn from(fault: Fault) -> Self {
        Self::new(fault.code, fault.message)
    }
}

/// Runs `call`; a panic in it becomes an `internal` fault. The panic's own message, which could quote data, is
/// dropped: standard error is told where it came from, and nothing else.
pub fn guard<T>(call: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| panic::set_hook(Box::new(tell_of)));
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        // Dropping a payload may panic again.
        std::mem::forget(payload);
        Err(Fault::internal("The addon stopped at a defect."))
    })
}

fn tell_of(panic: &PanicHookInfo<'_>) {
    let Some(place) = panic.location() else { return };
    // Whoever closed standard error hears nothing.
    let _ = writeln!(io::stderr(), "sotto-addon: a defect at {place}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, process::Command};

    #[test]
    fn standard_error_is_told_the_place_of_a_panic_alone() {
        const INNER: &str = "SOTTO_TEST_PANIC";
        if env::var_os(INNER).is_some() {
            assert!(guard::<()>(|| panic!("row 3 holds 42")).is_err());
            return;
        }
        let name = "failure::tests::standard_error_is_told_the_place_of_a_panic_alone";
        let mut test = Command::new(env::current_exe().unwrap());
        let output = test.args(["--exact", name, "--nocapture"]).env(INNER, "1").output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && told.contains("failure.rs:"), "{told}");
        assert!(!told.contains("row 3"), "{told}");
    }

    #[test]
    fn a_panic_becomes_an_internal_fault_without_its_message() {
        let fault = guard::<()>(|| panic!("row 3 holds 42")).unwrap_err();
        assert_eq!(fault.code, Code::Internal);
        assert!(!fault.message.contains("42"));
    }
}
