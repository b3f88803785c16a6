//! How a call into the addon fails.

use std::panic::{AssertUnwindSafe, catch_unwind};

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
/// dropped.
pub fn guard<T>(call: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        // Dropping a payload may panic again.
        std::mem::forget(payload);
        Err(Fault::internal("The addon stopped at a defect."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_internal_fault_without_its_message() {
        let fault = guard::<()>(|| panic!("row 3 holds 42")).unwrap_err();
        assert_eq!(fault.code, Code::Internal);
        assert!(!fault.message.contains("42"));
    }
}
