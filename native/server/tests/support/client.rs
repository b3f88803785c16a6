//! A client of `sotto.v1` for tests.

use std::{net::SocketAddr, time::Duration};

use chacha20::ChaCha20Rng;
use lattice::Scheme;
use rand_core::{Rng as _, SeedableRng as _};
use sotto_wire::v1::{
    DeleteKeysRequest, HasKeysRequest, KeyChunk, MultiplyRequest, MultiplyResponse,
    multiply_response::Result as Outcome, sotto_client::SottoClient,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::{self as stream, wrappers::ReceiverStream};
use tonic::{
    Code, Request, Status, Streaming,
    metadata::MetadataValue,
    service::interceptor::InterceptedService,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use super::pack::{TestMatrix, TestPack};

#[derive(Clone)]
pub struct Bearer(Option<String>);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            let value: MetadataValue<_> = format!("Bearer {token}").parse().unwrap();
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}

pub struct Client {
    pub channel: Channel,
    pub calls: SottoClient<InterceptedService<Channel, Bearer>>,
}

pub async fn connect(address: SocketAddr, certificate: &[u8], token: Option<&str>) -> Client {
    connect_as(address, certificate, token, |endpoint| endpoint).await
}

/// The same, with settings of HTTP/2.
pub async fn connect_as(
    address: SocketAddr,
    certificate: &[u8],
    token: Option<&str>,
    settings: impl FnOnce(Endpoint) -> Endpoint,
) -> Client {
    let tls =
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(certificate)).domain_name("localhost");
    let endpoint = Endpoint::from_shared(format!("https://{address}")).unwrap().tls_config(tls).unwrap();
    let channel = settings(endpoint).connect().await.unwrap();
    let calls = SottoClient::with_interceptor(channel.clone(), Bearer(token.map(String::from)));
    Client { channel, calls }
}

pub const KEY_ID: [u8; 16] = [5; 16];

/// The secret key and the evaluation keys of a test client.
pub struct Keys<S: Scheme> {
    pub secret: S::SecretKey,
    pub evaluation: Vec<u8>,
    rng: ChaCha20Rng,
    counter: u64,
}

impl<S: Scheme> Keys<S> {
    pub fn new() -> Self {
        let secret = S::secret_key(&[3; 32]);
        let evaluation = S::evaluation_keys(&secret);
        Self { secret, evaluation, rng: ChaCha20Rng::seed_from_u64(11), counter: 0 }
    }

    pub fn rows(&mut self, matrix: &TestMatrix, count: usize) -> Vec<i8> {
        let mut bytes = vec![0; count * matrix.info.inputs as usize];
        self.rng.fill_bytes(&mut bytes);
        bytes.into_iter().map(|byte| (byte as i8).max(-127)).collect()
    }

    pub fn encrypt(&mut self, matrix: &TestMatrix, rows: &[i8], count: usize) -> Vec<u8> {
        self.counter += 1;
        S::encrypt(&self.secret, &matrix.info, rows, count, self.counter, &mut self.rng).unwrap()
    }

    /// A request with random rows, and the products that it must bring.
    pub fn request(
        &mut self,
        pack: &TestPack,
        index: usize,
        count: usize,
        id: u32,
    ) -> (MultiplyRequest, Vec<i32>) {
        let matrix = &pack.matrices[index];
        let rows = self.rows(matrix, count);
        let ciphertext = self.encrypt(matrix, &rows, count);
        (message(pack, index, count, id, ciphertext), matrix.products(&rows))
    }

    /// A preparation of `count` rows.
    pub fn preparation(&mut self, pack: &TestPack, index: usize, count: usize, id: u32) -> MultiplyRequest {
        self.counter += 1;
        let preparation = S::prepare(&pack.matrices[index].info, count, self.counter, &mut self.rng).unwrap();
        message(pack, index, count, id, preparation)
    }

    /// The rows that the server prepared.
    pub fn prepared(&self, pack: &TestPack, asked: &MultiplyRequest, answer: &[u8]) -> S::Prepared {
        let info = &pack.matrices[asked.matrix as usize].info;
        S::prepared(&self.secret, info, &asked.ciphertext, answer).unwrap()
    }

    /// An online request with random rows for all of `prepared`, and the products that it must bring.
    pub fn online(
        &mut self,
        pack: &TestPack,
        index: usize,
        prepared: &mut S::Prepared,
        id: u32,
    ) -> (MultiplyRequest, Vec<i32>) {
        let (matrix, count) = (&pack.matrices[index], S::prepared_rows(prepared));
        let rows = self.rows(matrix, count);
        let ciphertext = S::encrypt_prepared(prepared, &rows, &mut self.rng).unwrap();
        (message(pack, index, count, id, ciphertext), matrix.products(&rows))
    }

    pub fn decrypt(&self, matrix: &TestMatrix, product: &[u8], count: usize) -> Vec<i32> {
        S::decrypt(&self.secret, &matrix.info, product, count).unwrap()
    }
}

fn message(pack: &TestPack, index: usize, count: usize, id: u32, ciphertext: Vec<u8>) -> MultiplyRequest {
    MultiplyRequest {
        id,
        pack: pack.id.clone().into(),
        key_id: KEY_ID.to_vec().into(),
        matrix: index as u32,
        rows: count as u32,
        ciphertext: ciphertext.into(),
    }
}

/// The chunks of an upload.
pub fn chunks(id: &[u8], keys: &[u8], chunk: usize) -> Vec<KeyChunk> {
    let mut chunks: Vec<_> = keys
        .chunks(chunk)
        .map(|data| KeyChunk { data: data.to_vec().into(), ..KeyChunk::default() })
        .collect();
    chunks[0].key_id = id.to_vec().into();
    chunks[0].total_bytes = keys.len() as u64;
    chunks
}

impl Client {
    pub async fn put_keys(&mut self, id: &[u8], keys: &[u8]) -> Result<(), Status> {
        self.put_chunks(chunks(id, keys, 64 * 1024)).await
    }

    pub async fn put_chunks(&mut self, chunks: Vec<KeyChunk>) -> Result<(), Status> {
        self.calls.put_keys(stream::iter(chunks)).await.map(drop)
    }

    pub async fn has_keys(&mut self, id: &[u8]) -> Result<bool, Status> {
        let request = HasKeysRequest { key_id: id.to_vec().into() };
        self.calls.has_keys(request).await.map(|response| response.into_inner().present)
    }

    pub async fn delete_keys(&mut self, id: &[u8]) -> Result<bool, Status> {
        let request = DeleteKeysRequest { key_id: id.to_vec().into() };
        self.calls.delete_keys(request).await.map(|response| response.into_inner().existed)
    }

    pub async fn multiply(&mut self) -> Exchange {
        let (to, requests) = mpsc::channel(256);
        let responses = self.calls.multiply(ReceiverStream::new(requests)).await.unwrap().into_inner();
        Exchange { to, responses }
    }

    /// One product, on a stream of its own.
    pub async fn product<S: Scheme>(&mut self, keys: &mut Keys<S>, pack: &TestPack) -> Result<(), Code> {
        let mut exchange = self.multiply().await;
        let (request, expected) = keys.request(pack, 0, 2, 1);
        exchange.send(request).await;
        let product = outcome(exchange.next().await.unwrap())?;
        assert_eq!(keys.decrypt(&pack.matrices[0], &product, 2), expected);
        Ok(())
    }
}

/// An open `Multiply` stream.
pub struct Exchange {
    pub to: mpsc::Sender<MultiplyRequest>,
    pub responses: Streaming<MultiplyResponse>,
}

impl Exchange {
    pub async fn send(&mut self, request: MultiplyRequest) {
        self.to.send(request).await.unwrap();
    }

    pub async fn next(&mut self) -> Result<MultiplyResponse, Status> {
        let next = timeout(Duration::from_secs(20), self.responses.message()).await;
        next.expect("an answer in time").map(|response| response.expect("an answer before the end"))
    }

    /// Sends one request and returns the code of its refusal.
    pub async fn refused(&mut self, request: MultiplyRequest) -> (Code, String) {
        let id = request.id;
        self.send(request).await;
        let response = self.next().await.unwrap();
        assert_eq!(response.id, id);
        match response.result.unwrap() {
            Outcome::Refusal(refusal) => (Code::from(refusal.code as i32), refusal.message),
            Outcome::Product(_) => panic!("a product instead of a refusal"),
        }
    }
}

/// The product of a response, or the code of its refusal.
pub fn outcome(response: MultiplyResponse) -> Result<Vec<u8>, Code> {
    match response.result.unwrap() {
        Outcome::Product(product) => Ok(product.to_vec()),
        Outcome::Refusal(refusal) => Err(Code::from(refusal.code as i32)),
    }
}
