//! What reaches the port without being a proper client: garbage at every layer, and TLS that is too old.

mod support;

use std::{sync::Arc, time::Duration};

use bytes::{Buf, BufMut, Bytes};
use lattice::InsecurePlaintext;
use sotto_server::{auth::Tokens, limits::Limits, serve::Config};
use sotto_wire::v1::FetchBundleRequest;
use support::{
    Server,
    client::{KEY_ID, Keys},
    pack::WEIGHTS_LEN,
    plain,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore, SupportedProtocolVersion,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
        version::{TLS12, TLS13},
    },
};
use tonic::{
    Code, Request, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

/// Sends bytes as they are.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

async fn tls(
    server: &Server,
    version: &'static SupportedProtocolVersion,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(server.data().join("tls/cert.pem")).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(server.running.address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// Writes garbage and waits until the server hangs up.
async fn spill(mut stream: impl AsyncRead + AsyncWrite + Unpin, garbage: &[u8]) {
    drop(stream.write_all(garbage).await);
    let hung_up = async { while !matches!(stream.read(&mut [0; 4096]).await, Ok(0) | Err(_)) {} };
    timeout(Duration::from_secs(5), hung_up).await.expect("the server hangs up");
}

async fn still_serves(server: &Server) {
    let (mut client, mut keys) = (server.client().await, Keys::<InsecurePlaintext>::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    client.product(&mut keys, &server.pack).await.unwrap();
}

#[tokio::test]
async fn garbage_below_and_within_tls_is_dropped() {
    let server = Server::start().await;
    let noise: Vec<u8> = (0..4000u32).map(|index| (index * index / 8) as u8).collect();
    for garbage in [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], b"\x16\x03\x01\xff\xff", &noise] {
        let mut raw = TcpStream::connect(server.running.address).await.unwrap();
        raw.write_all(garbage).await.unwrap();
        raw.shutdown().await.unwrap();
        spill(raw, &[]).await;
        spill(tls(&server, &TLS13).await.unwrap(), garbage).await;
    }
    let mut preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    preface.extend(&noise);
    spill(tls(&server, &TLS13).await.unwrap(), &preface).await;
    still_serves(&server).await;
}

#[tokio::test]
async fn only_tls_13_is_spoken() {
    let server = Server::start().await;
    assert!(tls(&server, &TLS13).await.is_ok());
    let refused = tls(&server, &TLS12).await.unwrap_err();
    assert!(refused.to_string().contains("ProtocolVersion"), "{refused}");
    still_serves(&server).await;
}

#[tokio::test]
async fn bytes_that_are_no_message_are_an_invalid_argument() {
    let server = Server::start().await;
    let mut grpc = tonic::client::Grpc::new(server.client().await.channel);
    for garbage in [&[0xff; 40][..], &[0x0a, 0x7f], &[0x0b], &[0; 9]] {
        for method in ["HasKeys", "PutKeys", "Multiply", "FetchBundle", "DeleteKeys", "GetInfo"] {
            let path = http::uri::PathAndQuery::try_from(format!("/sotto.v1.Sotto/{method}")).unwrap();
            grpc.ready().await.unwrap();
            let request = Request::new(tokio_stream::once(Bytes::copy_from_slice(garbage)));
            let status = match grpc.streaming(request, path, Raw).await {
                Err(status) => status,
                Ok(answers) => answers.into_inner().message().await.unwrap_err(),
            };
            assert_eq!(status.code(), Code::InvalidArgument, "{method} {garbage:?}: {status}");
        }
    }
    still_serves(&server).await;
}

#[tokio::test]
async fn many_silent_connections_do_not_hinder_others() {
    let server = Server::start().await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(server.running.address).await.unwrap());
    }
    still_serves(&server).await;
}

/// A server that accepts one connection at a time, and knows one account.
async fn for_one_client(change: impl FnOnce(&mut Limits)) -> (Server, String) {
    let (server, [token]) = with_accounts(["ada"], |config| {
        config.limits.max_connections = 1;
        change(&mut config.limits);
    })
    .await;
    (server, token)
}

/// A server that knows these accounts, and a token of each.
async fn with_accounts<const COUNT: usize>(
    names: [&str; COUNT],
    change: impl FnOnce(&mut Config),
) -> (Server, [String; COUNT]) {
    let mut tokens = Tokens::default();
    let shown = names.map(|name| tokens.add(name).unwrap());
    let server = Server::with(plain(), |config| {
        let path = config.data.as_ref().unwrap().with_file_name("tokens.json");
        tokens.write(&path).unwrap();
        config.tokens = Some(path);
        change(config);
    })
    .await;
    (server, shown)
}

#[tokio::test]
async fn who_shows_no_token_is_soon_sent_away() {
    let (server, token) = for_one_client(|limits| limits.first_call = Duration::from_millis(300)).await;
    let silent = tls(&server, &TLS13).await.unwrap();
    spill(silent, &[]).await;
    let mut stranger = server.client_with_token(None).await;
    assert_eq!(stranger.has_keys(&KEY_ID).await.unwrap_err().code(), Code::Unauthenticated);
    let mut health = HealthClient::new(stranger.channel.clone());
    let mut watch = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    watch.message().await.unwrap();
    let ended = timeout(Duration::from_secs(10), watch.message()).await;
    assert!(ended.expect("an open call does not help a stranger").is_err());
    let mut exchange = server.client_with_token(Some(&token)).await.multiply().await;
    sleep(Duration::from_secs(3)).await;
    let request = Keys::<InsecurePlaintext>::new().request(&server.pack, 0, 1, 1).0;
    assert_eq!(exchange.refused(request).await.0, Code::FailedPrecondition, "who has shown a token stays");
}

#[tokio::test]
async fn who_shows_no_token_makes_room_for_others() {
    let (server, token) = for_one_client(|limits| limits.max_connections = 2).await;
    let (mut silent, mut greeted) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        silent.push(TcpStream::connect(server.running.address).await.unwrap());
        greeted.push(tls(&server, &TLS13).await.unwrap());
    }
    let come = async { server.client_with_token(Some(&token)).await.multiply().await };
    let mut exchange = timeout(Duration::from_secs(5), come).await.expect("there is a place");
    for _ in 0..4 {
        silent.push(TcpStream::connect(server.running.address).await.unwrap());
    }
    sleep(Duration::from_millis(500)).await;
    let request = Keys::<InsecurePlaintext>::new().request(&server.pack, 0, 1, 1).0;
    assert_eq!(exchange.refused(request).await.0, Code::FailedPrecondition, "who has shown a token stays");
}

#[tokio::test]
async fn an_account_with_most_connections_makes_room_with_one_that_it_does_not_use() {
    let (server, [ada, bob]) =
        with_accounts(["ada", "bob"], |config| config.limits.max_connections = 4).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        let mut client = server.client_with_token(Some(&ada)).await;
        assert!(!client.has_keys(&KEY_ID).await.unwrap());
        clients.push(client);
    }
    // The oldest is the only one in use.
    let mut exchange = clients[0].multiply().await;
    let come = async { server.client_with_token(Some(&bob)).await.has_keys(&KEY_ID).await };
    assert!(!timeout(Duration::from_secs(5), come).await.expect("a place in time").unwrap());
    let request = Keys::<InsecurePlaintext>::new().request(&server.pack, 0, 1, 1).0;
    assert_eq!(exchange.refused(request).await.0, Code::FailedPrecondition, "what is in use stays");
    for client in &mut clients {
        let answer = timeout(Duration::from_secs(10), client.has_keys(&KEY_ID)).await;
        assert!(!answer.expect("who was sent away comes again").unwrap());
    }
}

#[tokio::test]
async fn an_account_keeps_no_more_than_half_of_the_connections_by_using_them() {
    let (server, [ada, bob]) = with_accounts(["ada", "bob"], |config| {
        config.limits.max_connections = 4;
        config.grace = Duration::from_secs(1);
    })
    .await;
    let mut used = Vec::new();
    for _ in 0..4 {
        used.push(server.client_with_token(Some(&ada)).await.multiply().await);
    }
    let mut others = Vec::new();
    for _ in 0..2 {
        let come = async { server.client_with_token(Some(&bob)).await.multiply().await };
        others.push(timeout(Duration::from_secs(15), come).await.expect("a place in time"));
    }
    let third = async { server.client_with_token(Some(&bob)).await.multiply().await };
    assert!(timeout(Duration::from_secs(5), third).await.is_err(), "half of them stays");
    let mut keys = Keys::<InsecurePlaintext>::new();
    for exchange in used[2..].iter_mut().chain(&mut others) {
        let request = keys.request(&server.pack, 0, 1, 1).0;
        assert_eq!(exchange.refused(request).await.0, Code::FailedPrecondition);
    }
}

#[tokio::test]
async fn where_everybody_is_one_account_nobody_is_sent_away() {
    let server = Server::with(plain(), |config| {
        config.limits.max_connections = 2;
        config.grace = Duration::from_millis(100);
    })
    .await;
    let mut used = [server.client().await.multiply().await, server.client().await.multiply().await];
    let third = async { server.client().await.multiply().await };
    assert!(timeout(Duration::from_secs(5), third).await.is_err());
    let mut keys = Keys::<InsecurePlaintext>::new();
    for exchange in &mut used {
        let request = keys.request(&server.pack, 0, 1, 1).0;
        assert_eq!(exchange.refused(request).await.0, Code::FailedPrecondition);
    }
}

#[tokio::test]
async fn idle_connections_are_closed_and_open_again() {
    let (server, token) = for_one_client(|limits| {
        limits.first_call = Duration::from_millis(100);
        limits.idle_connection = Duration::from_millis(500);
    })
    .await;
    let mut first = server.client_with_token(Some(&token)).await;
    let mut keys = Keys::<InsecurePlaintext>::new();
    first.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    // An open call keeps its connection: there is no place for another.
    let mut exchange = first.multiply().await;
    let refused = timeout(Duration::from_millis(1500), server.client_with_token(Some(&token))).await;
    assert!(refused.is_err());
    exchange.send(keys.request(&server.pack, 0, 1, 1).0).await;
    exchange.next().await.unwrap();
    drop(exchange);
    // Two clients that call now and then take turns.
    for _ in 0..2 {
        for client in [&mut server.client_with_token(Some(&token)).await, &mut first] {
            let answer = timeout(Duration::from_secs(10), client.has_keys(&KEY_ID)).await;
            assert!(answer.expect("a place in time").unwrap());
        }
    }
}

#[tokio::test]
async fn answers_that_nobody_takes_are_given_up() {
    let server = Server::with(plain(), |config| {
        config.limits.first_call = Duration::from_millis(100);
        config.limits.untaken_answer = Duration::from_millis(500);
    })
    .await;
    let mut client = server.narrow_client().await;
    let request = FetchBundleRequest {
        pack: server.pack.id.clone().into(),
        path: "weights.bin".into(),
        ..FetchBundleRequest::default()
    };
    let untaken = client.calls.fetch_bundle(request.clone()).await.unwrap().into_inner();
    // The server is done with this one at once: all of it lies with HTTP/2.
    let mut other = server.narrow_client().await;
    let last = FetchBundleRequest { offset: WEIGHTS_LEN as u64 - 100_000, ..request.clone() };
    let end_untaken = other.calls.fetch_bundle(last).await.unwrap().into_inner();
    let mut exchange = server.client().await.multiply().await;
    sleep(Duration::from_secs(4)).await;
    for mut untaken in [untaken, end_untaken] {
        let end = async {
            while untaken.message().await?.is_some() {}
            Ok::<_, Status>(())
        };
        assert!(timeout(Duration::from_secs(5), end).await.unwrap().is_err(), "the answer was still there");
    }
    let mut taken = client.calls.fetch_bundle(request).await.unwrap().into_inner();
    while taken.message().await.unwrap().is_some() {}
    let request = Keys::<InsecurePlaintext>::new().request(&server.pack, 0, 1, 1).0;
    assert_eq!(exchange.refused(request).await.0, Code::FailedPrecondition, "a quiet stream stays open");
}

#[tokio::test]
async fn what_has_been_answered_leaves_before_the_server_does() {
    let server = Server::start().await;
    let mut client = server.narrow_client().await;
    let request = FetchBundleRequest {
        pack: server.pack.id.clone().into(),
        path: "weights.bin".into(),
        offset: WEIGHTS_LEN as u64 - 100_000,
    };
    let mut slow = client.calls.fetch_bundle(request).await.unwrap().into_inner();
    let stopped = tokio::spawn(server.running.stop());
    sleep(Duration::from_secs(4)).await;
    assert!(!stopped.is_finished());
    let mut length = 0;
    while let Some(chunk) = slow.message().await.unwrap() {
        length += chunk.data.len();
    }
    assert_eq!(length, 100_000);
    timeout(Duration::from_secs(10), stopped).await.expect("it ends then").unwrap().unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn downloads_that_wait_keep_no_file_open() {
    let server = Server::start().await;
    let mut client = server.narrow_client().await;
    let mut waiting = Vec::new();
    for _ in 0..8 {
        let request = FetchBundleRequest {
            pack: server.pack.id.clone().into(),
            path: "weights.bin".into(),
            ..FetchBundleRequest::default()
        };
        waiting.push(client.calls.fetch_bundle(request).await.unwrap());
    }
    sleep(Duration::from_millis(300)).await;
    let weights = server.pack.directory.join("client/weights.bin").canonicalize().unwrap();
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let open = open
        .filter(|file| std::fs::read_link(file.as_ref().unwrap().path()).is_ok_and(|path| path == weights));
    assert_eq!(open.count(), 0);
    drop(waiting);
}
