//! sotto-server
fn main() {}
