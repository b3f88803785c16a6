//! Generates the types and the service of `proto/sotto/v1/sotto.proto`, without protoc.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = protox::compile(["sotto/v1/sotto.proto"], ["proto"])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("sotto.v1.descriptors"), files.encode_to_vec())?;
    tonic_prost_build::configure()
        .build_transport(false)
        .bytes(".sotto.v1")
        .codec_path("crate::codec::SottoCodec")
        .compile_fds(files)?;
    Ok(())
}
