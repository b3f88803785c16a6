//! ONNX files: messages, a typed graph builder, and the blocks that models are put together from.

pub mod blocks;
pub mod graph;
pub mod proto;
