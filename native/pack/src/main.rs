//! sotto-pack
fn main() {}
