//! Links the crate as a Node addon: on some platforms N-API's symbols are resolved when it is loaded.

fn main() {
    napi_build::setup();
}
