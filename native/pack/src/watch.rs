//! Who watches a build: shows how far it is, and may stop it.

/// Told about every part of a pack before it is made.
pub trait Watch {
    /// `done` of `parts` are made; the next one is `what`.
    fn at(&mut self, done: usize, parts: usize, what: &str);

    /// Whether to stop. The build then ends with [`crate::Error::Interrupted`] and removes what it wrote.
    fn interrupted(&self) -> bool;
}

/// Shows nothing and lets the build finish.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn at(&mut self, _done: usize, _parts: usize, _what: &str) {}

    fn interrupted(&self) -> bool {
        false
    }
}
