//! Sends one file of a pack's bundle, in chunks.

use std::{
    fs::File,
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use sotto_wire::v1::BundleChunk;
use tokio::task;
use tonic::Status;
use tracing::error;

use crate::pack::BundleFile;

/// Most data bytes of one chunk.
const CHUNK: u64 = 256 * 1024;

/// The file's bytes from `offset` on.
pub fn send(
    source: &BundleFile,
    offset: u64,
) -> Result<impl Stream<Item = Result<BundleChunk, Status>> + Send + use<>, Status> {
    let (end, place) = (source.bytes, source.place.clone());
    if offset > end {
        return Err(Status::invalid_argument(format!("offset is {offset}, but the file has {end} bytes")));
    }
    Ok(stream::try_unfold(offset, move |offset| {
        let place = place.clone();
        async move {
            let length = (end - offset).min(CHUNK);
            if length == 0 {
                return Ok(None);
            }
            // Opened anew for every chunk: a client that takes none keeps no file open.
            let chunk = task::spawn_blocking(move || read(&place, offset, length as usize)).await;
            let data = chunk.map_err(io::Error::other).flatten().map_err(unreadable)?;
            Ok(Some((BundleChunk { data }, offset + length)))
        }
    }))
}

fn read(place: &Path, offset: u64, length: usize) -> io::Result<Bytes> {
    let mut file = File::open(place)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut data = BytesMut::zeroed(length);
    file.read_exact(&mut data)?;
    Ok(data.freeze())
}

fn unreadable(error: io::Error) -> Status {
    error!(%error, "cannot read a file of a pack");
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::UnexpectedEof => {
            Status::data_loss("the file is not whole on the server's disk any more; tell its operator")
        }
        _ => Status::unavailable("the server cannot read the file; try again later, or tell its operator"),
    }
}
