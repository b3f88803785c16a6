//! Sends one file of a pack's bundle, in chunks.

use std::io::SeekFrom;

use bytes::BytesMut;
use futures_util::{Stream, stream};
use sotto_wire::v1::BundleChunk;
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _},
};
use tonic::Status;
use tracing::error;

use crate::pack::BundleFile;

/// Most data bytes of one chunk.
const CHUNK: u64 = 256 * 1024;

/// The file's bytes from `offset` on.
pub async fn send(
    source: &BundleFile,
    offset: u64,
) -> Result<impl Stream<Item = Result<BundleChunk, Status>> + Send + use<>, Status> {
    let left = source.bytes.checked_sub(offset).ok_or_else(|| {
        Status::invalid_argument(format!("offset is {offset}, but the file has {} bytes", source.bytes))
    })?;
    let unreadable = |error: std::io::Error| {
        error!(%error, "cannot read a file of a pack");
        Status::data_loss("the file is not on the server's disk any more; tell its operator")
    };
    let mut file = File::open(&source.place).await.map_err(unreadable)?;
    file.seek(SeekFrom::Start(offset)).await.map_err(unreadable)?;
    Ok(stream::try_unfold((file, left), move |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let mut data = BytesMut::zeroed(left.min(CHUNK) as usize);
        file.read_exact(&mut data).await.map_err(unreadable)?;
        let left = left - data.len() as u64;
        Ok(Some((BundleChunk { data: data.freeze() }, (file, left))))
    }))
}
