//! The service definition of `sotto.v1` and its generated types.
//!
//! The build script compiles `proto/sotto/v1/sotto.proto`; `docs/protocol.md` describes every field, limit
//! and status code.

pub mod codec;

/// Messages, client and server of `sotto.v1`.
#[allow(missing_docs)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/sotto.v1.rs"));

    /// The encoded `FileDescriptorSet` of `sotto.v1`, for server reflection.
    pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sotto.v1.descriptors"));
}
