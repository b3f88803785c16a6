//! The codec of the generated client and server: prost's, except that bytes which are no message answer
//! INVALID_ARGUMENT, where tonic's own codec answers INTERNAL and so blames the receiver.

use std::marker::PhantomData;

use prost::Message;
use tonic::{
    Status,
    codec::{Codec, DecodeBuf, Decoder},
};
use tonic_prost::ProstEncoder;

/// Encodes `T` and decodes `U`.
#[derive(Clone, Debug)]
pub struct SottoCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for SottoCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for SottoCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = SottoDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::default()
    }

    fn decoder(&mut self) -> Self::Decoder {
        SottoDecoder(PhantomData)
    }
}

/// The decoding half of [`SottoCodec`].
#[derive(Clone, Debug)]
pub struct SottoDecoder<U>(PhantomData<U>);

impl<U: Message + Default> Decoder for SottoDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        U::decode(bytes).map(Some).map_err(|error| {
            Status::invalid_argument(format!("the bytes are no message of sotto.v1: {error}"))
        })
    }
}
