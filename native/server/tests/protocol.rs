//! The service as a client sees it: every call, every refusal, over real TLS, with the scheme that does not encrypt.

mod support;

use std::{fs, io::Write as _, time::Duration};

use lattice::{InsecurePlaintext, Scheme as _};
use sha2::{Digest as _, Sha256};
use sotto_server::{failure::Failure, serve};
use sotto_wire::v1::{
    FetchBundleRequest, GetInfoRequest, KeyChunk, ListPacksRequest, MultiplyRequest,
    multiply_response::Result as Outcome,
};
use support::{
    Server,
    client::{Client, Exchange, KEY_ID, chunks, outcome},
    gate::Gated,
    pack::{SHAPES, WEIGHTS_LEN},
    plain,
};
use tokio::time::{sleep, timeout};
use tonic::{Code, Request, Status};

type Keys = support::client::Keys<InsecurePlaintext>;

#[tokio::test]
async fn info_tells_scheme_and_limits() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let info = client.calls.get_info(GetInfoRequest {}).await.unwrap().into_inner();
    assert_eq!(info.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(info.scheme.unwrap().name, "insecure-plaintext");
    let limits = info.limits.unwrap();
    assert_eq!(limits.max_rows, 64);
    assert_eq!(limits.max_message_bytes as usize, server.config.limits.max_message_bytes);
    assert_eq!(limits.max_in_flight as usize, server.config.limits.max_in_flight);
    assert_eq!(limits.max_keys_per_account as usize, server.config.limits.max_keys_per_account);
    assert_eq!(limits.max_key_bytes as usize, server.config.limits.max_key_bytes);
}

#[tokio::test]
async fn packs_are_listed_with_facts_and_files() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let packs = client.calls.list_packs(ListPacksRequest {}).await.unwrap().into_inner().packs;
    assert_eq!(packs.len(), 1);
    let pack = &packs[0];
    assert_eq!((&pack.id[..], &pack.name[..], pack.private_weights), (&server.pack.id[..], "tiny", false));
    for (index, matrix) in pack.matrices.iter().enumerate() {
        let info = &server.pack.matrices[index].info;
        assert_eq!(matrix.index as usize, index);
        assert_eq!(matrix.name, format!("h.{index}"));
        assert_eq!((matrix.inputs, matrix.outputs, matrix.t), (info.inputs, info.outputs, info.t));
        assert_eq!(matrix.failure_log2, info.failure_log2);
    }
    let paths: Vec<_> = pack.files.iter().map(|file| &file.path[..]).collect();
    assert_eq!(paths, ["manifest.json", "weights.bin", "graphs/head.onnx"]);
    for file in &pack.files {
        let bytes = fs::read(server.pack.directory.join("client").join(&file.path)).unwrap();
        assert_eq!(file.bytes, bytes.len() as u64);
        assert_eq!(file.sha256[..], Sha256::digest(&bytes)[..]);
    }
}

async fn fetch(client: &mut Client, pack: &[u8], path: &str, offset: u64) -> Result<Vec<u8>, Code> {
    let request = FetchBundleRequest { pack: pack.to_vec().into(), path: path.into(), offset };
    let mut chunks = client.calls.fetch_bundle(request).await.map_err(|status| status.code())?.into_inner();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.message().await.map_err(|status| status.code())? {
        assert!(chunk.data.len() <= 256 * 1024);
        bytes.extend_from_slice(&chunk.data);
    }
    Ok(bytes)
}

#[tokio::test]
async fn bundles_resume_from_any_offset() {
    let server = Server::start().await;
    let (mut client, pack) = (server.client().await, &server.pack.id);
    let whole = fs::read(server.pack.directory.join("client/weights.bin")).unwrap();
    assert_eq!(whole.len(), WEIGHTS_LEN);
    for offset in [0, 1, 262_144, WEIGHTS_LEN - 1, WEIGHTS_LEN] {
        let bytes = fetch(&mut client, pack, "weights.bin", offset as u64).await.unwrap();
        assert!(bytes == whole[offset..], "from {offset} on");
    }
    assert_eq!(fetch(&mut client, pack, "graphs/head.onnx", 0).await.unwrap(), b"graph");
    let beyond = fetch(&mut client, pack, "weights.bin", WEIGHTS_LEN as u64 + 1).await;
    assert_eq!(beyond, Err(Code::InvalidArgument));
}

#[tokio::test]
async fn bundles_hold_nothing_but_the_listed_files() {
    let server = Server::start().await;
    let (mut client, pack) = (server.client().await, &server.pack.id);
    fs::write(server.pack.directory.join("client/unlisted"), "x").unwrap();
    for path in
        ["", "unlisted", "../server/matrices.bin", "./weights.bin", "graphs/../weights.bin", "/etc/passwd"]
    {
        assert_eq!(fetch(&mut client, pack, path, 0).await, Err(Code::NotFound), "{path}");
    }
    assert_eq!(fetch(&mut client, &[0; 32], "weights.bin", 0).await, Err(Code::NotFound));
    assert_eq!(fetch(&mut client, &[0; 31], "weights.bin", 0).await, Err(Code::InvalidArgument));
}

#[tokio::test]
async fn products_are_exact_with_many_in_flight() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut exchange = client.multiply().await;
    let mut expected = Vec::new();
    for id in 0..100 {
        let (request, products) = keys.request(&server.pack, id % 2, 1 + id % 64, id as u32);
        exchange.send(request).await;
        expected.push(products);
    }
    let mut answered = [false; 100];
    for _ in 0..100 {
        let response = exchange.next().await.unwrap();
        let id = response.id as usize;
        assert!(!answered[id]);
        answered[id] = true;
        let product = outcome(response).unwrap();
        assert_eq!(keys.decrypt(&server.pack.matrices[id % 2], &product, 1 + id % 64), expected[id]);
    }
    drop(exchange.to);
    assert!(exchange.responses.message().await.unwrap().is_none(), "the stream ends with the client's half");
}

#[tokio::test]
async fn prepared_rows_bring_the_products_of_their_values() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let (mut ahead, mut exchange) = (client.multiply().await, client.multiply().await);
    for index in 0..server.pack.matrices.len() {
        let preparation = keys.preparation(&server.pack, index, 3, 1);
        ahead.send(preparation.clone()).await;
        let answer = outcome(ahead.next().await.unwrap()).unwrap();
        let mut rows = keys.prepared(&server.pack, &preparation, &answer);
        for count in [1, 2] {
            let mut rows = InsecurePlaintext::take_prepared(&mut rows, count).unwrap();
            let (request, expected) = keys.online(&server.pack, index, &mut rows, 2);
            exchange.send(request).await;
            let product = outcome(exchange.next().await.unwrap()).unwrap();
            assert_eq!(InsecurePlaintext::decrypt_prepared(&rows, &product).unwrap(), expected);
        }
    }
}

#[tokio::test]
async fn keys_come_and_go() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    assert!(!client.has_keys(&KEY_ID).await.unwrap());
    assert_eq!(client.product(&mut keys, &server.pack).await, Err(Code::FailedPrecondition));
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    assert!(client.has_keys(&KEY_ID).await.unwrap());
    client.product(&mut keys, &server.pack).await.unwrap();
    assert_eq!(server.stored().len(), 1);

    assert!(client.delete_keys(&KEY_ID).await.unwrap());
    assert!(!client.delete_keys(&KEY_ID).await.unwrap());
    assert!(!client.has_keys(&KEY_ID).await.unwrap());
    assert!(server.stored().is_empty());
    assert_eq!(client.product(&mut keys, &server.pack).await, Err(Code::FailedPrecondition));
}

#[tokio::test]
async fn a_key_id_keeps_its_keys() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut other = keys.evaluation.clone();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(client.put_keys(&KEY_ID, &other).await.unwrap_err().code(), Code::AlreadyExists);
    client.product(&mut keys, &server.pack).await.unwrap();
}

#[tokio::test]
async fn uploads_are_checked_before_they_are_stored() {
    let server = Server::with(plain(), |config| config.limits.max_key_bytes = 1000).await;
    let (mut client, keys) = (server.client().await, Keys::new());
    let announce =
        |total| KeyChunk { key_id: KEY_ID.to_vec().into(), total_bytes: total, data: vec![1; 10].into() };
    let data = |length| KeyChunk { data: vec![1; length].into(), ..KeyChunk::default() };
    let mut damaged = keys.evaluation.clone();
    damaged[0] ^= 1;
    for (why, upload) in [
        ("empty", vec![]),
        ("no bytes", vec![announce(0)]),
        ("over the limit", vec![announce(1001)]),
        ("absurd length", vec![announce(u64::MAX)]),
        ("shorter than announced", vec![announce(11)]),
        ("longer than announced", vec![announce(11), data(2)]),
        ("announced twice", vec![announce(20), announce(20)]),
        ("short key id", chunks(&KEY_ID[..15], &keys.evaluation, 100)),
        ("long key id", chunks(&[0; 17], &keys.evaluation, 100)),
        ("damaged keys", chunks(&KEY_ID, &damaged, 100)),
        ("truncated keys", chunks(&KEY_ID, &keys.evaluation[..20], 100)),
    ] {
        let status = client.put_chunks(upload).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{why}: {status}");
    }
    assert!(!client.has_keys(&KEY_ID).await.unwrap());
    assert!(server.stored().is_empty());
    assert_eq!(client.has_keys(&[1; 15]).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(client.delete_keys(&[]).await.unwrap_err().code(), Code::InvalidArgument);
    let mut padded = chunks(&KEY_ID, &keys.evaluation, 7);
    padded.insert(1, data(0));
    assert_eq!(client.put_chunks(padded).await.unwrap_err().code(), Code::InvalidArgument);
    client.put_chunks(chunks(&KEY_ID, &keys.evaluation, 7)).await.unwrap();
}

type Chunks = tokio::sync::mpsc::Sender<KeyChunk>;

/// Begins an upload that goes on with what is sent.
async fn begin_upload(client: &Client, keys: &Keys) -> (Chunks, tokio::task::JoinHandle<Result<(), Status>>) {
    let (to, from) = tokio::sync::mpsc::channel(1);
    let mut calls = client.calls.clone();
    let upload =
        async move { calls.put_keys(tokio_stream::wrappers::ReceiverStream::new(from)).await.map(drop) };
    let upload = tokio::spawn(upload);
    to.send(chunks(&KEY_ID, &keys.evaluation, 1).remove(0)).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    (to, upload)
}

#[tokio::test]
async fn an_upload_ends_in_time_however_slowly_it_goes_on() {
    let server = Server::with(plain(), |config| config.limits.upload = Duration::from_millis(500)).await;
    let (mut client, keys) = (server.client().await, Keys::new());
    let (to, upload) = begin_upload(&client, &keys).await;
    for byte in &keys.evaluation[1..keys.evaluation.len() - 1] {
        let chunk = KeyChunk { data: vec![*byte].into(), ..KeyChunk::default() };
        if to.send(chunk).await.is_err() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    let ended = timeout(Duration::from_secs(5), upload).await.expect("the upload ends in time");
    assert_eq!(ended.unwrap().unwrap_err().code(), Code::DeadlineExceeded);
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
}

#[tokio::test]
async fn uploads_of_one_account_wait_for_each_other_and_for_no_other_account() {
    use sotto_server::auth::Tokens;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let mut tokens = Tokens::default();
    let (ada, bob) = (tokens.add("ada").unwrap(), tokens.add("bob").unwrap());
    tokens.write(&path).unwrap();
    let server = Server::with(plain(), |config| config.tokens = Some(path)).await;
    let keys = Keys::new();
    let mut of_ada = server.client_with_token(Some(&ada)).await;
    let mut of_bob = server.client_with_token(Some(&bob)).await;
    let open = [begin_upload(&of_ada, &keys).await, begin_upload(&of_ada, &keys).await];
    let third = of_ada.put_keys(&KEY_ID, &keys.evaluation);
    tokio::pin!(third);
    assert!(timeout(Duration::from_millis(500), third.as_mut()).await.is_err(), "the third does not wait");
    of_bob.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    for (_, upload) in open {
        upload.abort();
    }
    timeout(Duration::from_secs(10), third).await.expect("its turn comes").unwrap();
}

#[tokio::test]
async fn what_is_deleted_after_an_upload_was_given_up_is_gone() {
    let server = Server::start().await;
    let (mut client, keys) = (server.client().await, Keys::new());
    for wait in 0..30 {
        let upload = tokio::spawn({
            let (mut calls, chunks) = (client.calls.clone(), chunks(&KEY_ID, &keys.evaluation, 64 * 1024));
            async move { calls.put_keys(tokio_stream::iter(chunks)).await.map(drop) }
        });
        sleep(Duration::from_micros(wait * 200)).await;
        upload.abort();
        client.delete_keys(&KEY_ID).await.unwrap();
        sleep(Duration::from_millis(20)).await;
        assert!(server.stored().is_empty(), "after {wait} steps");
    }
}

#[tokio::test]
async fn a_broken_upload_is_never_seen() {
    let server = Server::start().await;
    let (mut client, keys) = (server.client().await, Keys::new());
    let first = chunks(&KEY_ID, &keys.evaluation, 20).remove(0);
    let (to, from) = tokio::sync::mpsc::channel(1);
    let upload = tokio::spawn({
        let mut calls = client.calls.clone();
        async move { calls.put_keys(tokio_stream::wrappers::ReceiverStream::new(from)).await }
    });
    to.send(first).await.unwrap();
    sleep(Duration::from_millis(50)).await;
    upload.abort();
    sleep(Duration::from_millis(50)).await;
    assert!(!client.has_keys(&KEY_ID).await.unwrap());
    assert!(server.stored().is_empty());
}

#[tokio::test]
async fn an_account_has_a_limited_number_of_keys() {
    let server = Server::with(plain(), |config| config.limits.max_keys_per_account = 2).await;
    let (mut client, keys) = (server.client().await, Keys::new());
    client.put_keys(&[1; 16], &keys.evaluation).await.unwrap();
    client.put_keys(&[2; 16], &keys.evaluation).await.unwrap();
    let status = client.put_keys(&[3; 16], &keys.evaluation).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(status.metadata().get("sotto-limit").unwrap(), "keys");
    client.put_keys(&[2; 16], &keys.evaluation).await.unwrap();
    client.delete_keys(&[1; 16]).await.unwrap();
    client.put_keys(&[3; 16], &keys.evaluation).await.unwrap();
}

#[tokio::test]
async fn evicted_keys_come_back_by_themselves() {
    // Room for one pair of plaintext keys, which take 32 bytes.
    let server = Server::with(plain(), |config| config.limits.key_memory = 40).await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    for id in 1..=3 {
        client.put_keys(&[id; 16], &keys.evaluation).await.unwrap();
    }
    let mut exchange = client.multiply().await;
    for round in 0..9 {
        let (mut request, expected) = keys.request(&server.pack, 1, 3, round);
        request.key_id = vec![1 + (round % 3) as u8; 16].into();
        exchange.send(request).await;
        let product = outcome(exchange.next().await.unwrap()).unwrap();
        assert_eq!(keys.decrypt(&server.pack.matrices[1], &product, 3), expected);
    }
}

#[tokio::test]
async fn keys_outlive_a_restart_and_damaged_ones_are_absent() {
    let server = Server::start().await;
    let mut keys = Keys::new();
    server.client().await.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let server = server.restart(plain()).await;
    server.client().await.product(&mut keys, &server.pack).await.unwrap();

    let stored = &server.stored()[0];
    let mut bytes = fs::read(stored).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(stored, bytes).unwrap();
    fs::write(stored.with_file_name("00#1"), "left by a write that was cut off").unwrap();
    let server = server.restart(plain()).await;
    assert_eq!(server.stored().len(), 1, "what was cut off is removed");
    let mut client = server.client().await;
    assert_eq!(client.product(&mut keys, &server.pack).await, Err(Code::FailedPrecondition));
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    client.product(&mut keys, &server.pack).await.unwrap();
}

#[tokio::test]
async fn stored_keys_that_were_cut_off_are_absent() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let stored = server.stored().remove(0);
    let server = server.restart(plain()).await;
    let mut client = server.client().await;
    for length in [0, 31] {
        fs::write(&stored, vec![0; length]).unwrap();
        assert!(!client.has_keys(&KEY_ID).await.unwrap(), "{length} bytes");
        assert!(server.stored().is_empty(), "{length} bytes are removed");
        fs::write(&stored, vec![0; length]).unwrap();
        assert!(!client.delete_keys(&KEY_ID).await.unwrap(), "{length} bytes");
    }
    fs::write(&stored, []).unwrap();
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    client.product(&mut keys, &server.pack).await.unwrap();
    // Their hash is right, so that they look like the keys that are sent again.
    let whole = fs::read(&stored).unwrap();
    for length in [32, whole.len() - 1] {
        fs::write(&stored, &whole[..length]).unwrap();
        client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
        assert!(fs::read(&stored).unwrap() == whole, "{length} bytes are written anew");
    }
}

#[tokio::test]
async fn a_stray_file_beside_the_accounts_ends_no_start() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    fs::write(server.data().join("keys/accounts/.DS_Store"), "stray").unwrap();
    let server = server.restart(plain()).await;
    server.client().await.product(&mut keys, &server.pack).await.unwrap();
}

#[tokio::test]
async fn a_store_that_cannot_be_written_gives_a_clear_status() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let accounts = server.data().join("keys/accounts");
    fs::rename(&accounts, server.folder().join("aside")).unwrap();
    fs::write(&accounts, "in the way").unwrap();
    let status = client.put_keys(&[9; 16], &keys.evaluation).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    client.product(&mut keys, &server.pack).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_gives_a_clear_status() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(folder.path()) else {
        let _ = writeln!(std::io::stderr(), "skipped: no file system can be mounted here");
        return;
    };
    let server = Server::with(plain(), |config| config.data = Some(folder.path().join("data"))).await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    drop(fs::write(folder.path().join("rest"), vec![1; SmallDisk::BYTES])); // fails half-way, full
    let status = client.put_keys(&[9; 16], &keys.evaluation).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    assert!(!client.has_keys(&[9; 16]).await.unwrap());
    client.product(&mut keys, &server.pack).await.unwrap();
    fs::remove_file(folder.path().join("rest")).unwrap();
    client.put_keys(&[9; 16], &keys.evaluation).await.unwrap();
}

/// A tmpfs of a few pages.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    const BYTES: usize = 128 * 1024;

    fn mount(path: &std::path::Path) -> Option<Self> {
        let size = format!("size={}", Self::BYTES);
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(path)
            .output();
        mount.ok()?.status.success().then(|| Self(path.into()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(std::process::Command::new("umount").args(["-l"]).arg(&self.0).status());
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_and_the_stream_goes_on() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut exchange = client.multiply().await;
    let (good, expected) = keys.request(&server.pack, 0, 2, 77);
    type Change = fn(&mut sotto_wire::v1::MultiplyRequest);
    let cases: [(&str, Code, Change); 13] = [
        ("pack names", Code::NotFound, |request| request.pack = vec![0; 32].into()),
        ("pack has 0 bytes", Code::InvalidArgument, |request| request.pack = vec![].into()),
        ("matrix is 2", Code::NotFound, |request| request.matrix = 2),
        ("matrix is 4294967295", Code::NotFound, |request| request.matrix = u32::MAX),
        ("rows is 0", Code::InvalidArgument, |request| request.rows = 0),
        ("rows is 65", Code::InvalidArgument, |request| request.rows = 65),
        ("ciphertext has", Code::InvalidArgument, |request| request.rows = 3),
        ("ciphertext has", Code::InvalidArgument, |request| request.matrix = 1),
        ("ciphertext has 0 bytes", Code::InvalidArgument, |request| request.ciphertext = vec![].into()),
        ("ciphertext has", Code::InvalidArgument, |request| request.ciphertext.truncate(30)),
        ("ciphertext is malformed", Code::InvalidArgument, |request| {
            request.ciphertext = vec![0; request.ciphertext.len()].into();
        }),
        ("key_id has 15 bytes", Code::InvalidArgument, |request| request.key_id = vec![5; 15].into()),
        ("key_id names no keys", Code::FailedPrecondition, |request| request.key_id = vec![6; 16].into()),
    ];
    for (message, code, change) in cases {
        let mut request = good.clone();
        change(&mut request);
        let refused = exchange.refused(request).await;
        assert!(refused.0 == code && refused.1.starts_with(message), "{message}: {refused:?}");
    }
    exchange.send(good).await;
    let product = outcome(exchange.next().await.unwrap()).unwrap();
    assert_eq!(keys.decrypt(&server.pack.matrices[0], &product, 2), expected);
}

/// Sends a request with every bit of its ciphertext changed in turn: it is answered, or refused for what it is.
async fn send_mutated(exchange: &mut Exchange, good: &MultiplyRequest) {
    for bit in 0..good.ciphertext.len() * 8 {
        let mut request = good.clone();
        let mut ciphertext = good.ciphertext.to_vec();
        ciphertext[bit / 8] ^= 1 << (bit % 8);
        request.ciphertext = ciphertext.into();
        exchange.send(request).await;
        match outcome(exchange.next().await.unwrap()) {
            Ok(_) | Err(Code::InvalidArgument) => {}
            Err(code) => panic!("bit {bit}: {code}"),
        }
    }
}

#[tokio::test]
async fn mutated_ciphertexts_harm_nobody() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut exchange = client.multiply().await;
    let (good, _) = keys.request(&server.pack, 0, 1, 1);
    send_mutated(&mut exchange, &good).await;
    client.product(&mut keys, &server.pack).await.unwrap();
}

#[tokio::test]
async fn mutated_online_requests_harm_nobody() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut exchange = client.multiply().await;
    let preparation = keys.preparation(&server.pack, 0, 1, 1);
    exchange.send(preparation.clone()).await;
    let answer = outcome(exchange.next().await.unwrap()).unwrap();
    let (online, _) =
        keys.online(&server.pack, 0, &mut keys.prepared(&server.pack, &preparation, &answer), 2);
    for good in [preparation, online] {
        send_mutated(&mut exchange, &good).await;
    }
    client.product(&mut keys, &server.pack).await.unwrap();
}

#[tokio::test]
async fn a_message_over_the_limit_ends_its_call_alone() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let (mut request, _) = keys.request(&server.pack, 0, 1, 1);
    request.ciphertext = vec![0; server.config.limits.max_message_bytes].into();
    let mut exchange = client.multiply().await;
    exchange.send(request).await;
    assert_eq!(exchange.next().await.unwrap_err().code(), Code::OutOfRange);
    client.product(&mut keys, &server.pack).await.unwrap();
}

#[tokio::test]
async fn tokens_open_accounts_that_share_nothing() {
    use sotto_server::auth::Tokens;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let mut tokens = Tokens::default();
    let (ada, bob) = (tokens.add("ada").unwrap(), tokens.add("bob").unwrap());
    tokens.write(&path).unwrap();
    let server = Server::with(plain(), |config| config.tokens = Some(path.clone())).await;
    let mut keys = Keys::new();

    for token in [None, Some(""), Some("sotto_00"), Some(&ada[..ada.len() - 1])] {
        let mut client = server.client_with_token(token).await;
        let refused = [
            client.calls.get_info(GetInfoRequest {}).await.map(drop),
            client.calls.list_packs(ListPacksRequest {}).await.map(drop),
            client.put_keys(&KEY_ID, &keys.evaluation).await,
            client.has_keys(&KEY_ID).await.map(drop),
            client.delete_keys(&KEY_ID).await.map(drop),
            client.calls.multiply(tokio_stream::empty()).await.map(drop),
        ];
        for status in refused {
            assert_eq!(status.unwrap_err().code(), Code::Unauthenticated);
        }
    }

    let mut of_ada = server.client_with_token(Some(&ada)).await;
    let mut of_bob = server.client_with_token(Some(&bob)).await;
    of_ada.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    assert!(!of_bob.has_keys(&KEY_ID).await.unwrap());
    assert!(!of_bob.delete_keys(&KEY_ID).await.unwrap());
    assert_eq!(of_bob.product(&mut keys, &server.pack).await, Err(Code::FailedPrecondition));

    let mut open = of_ada.multiply().await;
    open.send(keys.request(&server.pack, 0, 1, 1).0).await;
    outcome(open.next().await.unwrap()).unwrap();
    tokens.remove("ada").unwrap();
    tokens.write(&path).unwrap();
    open.send(keys.request(&server.pack, 0, 1, 2).0).await;
    assert_eq!(open.next().await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(of_ada.has_keys(&KEY_ID).await.unwrap_err().code(), Code::Unauthenticated);
    assert!(!of_bob.has_keys(&KEY_ID).await.unwrap());
}

#[tokio::test]
async fn an_account_has_a_limited_number_of_calls_that_may_send() {
    use sotto_server::auth::Tokens;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let mut tokens = Tokens::default();
    let (ada, bob) = (tokens.add("ada").unwrap(), tokens.add("bob").unwrap());
    tokens.write(&path).unwrap();
    let server = Server::with(plain(), |config| {
        config.tokens = Some(path.clone());
        config.limits.max_calls_per_account = 2;
    })
    .await;
    let (mut one, mut other) =
        (server.client_with_token(Some(&ada)).await, server.client_with_token(Some(&ada)).await);
    // What is answered is not counted, nor is a call that only receives.
    for _ in 0..5 {
        assert!(!one.has_keys(&KEY_ID).await.unwrap());
    }
    let (first, _second) = (one.multiply().await, other.multiply().await);
    let status = one.calls.multiply(tokio_stream::empty()).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    assert_eq!(other.has_keys(&KEY_ID).await.unwrap_err().code(), Code::ResourceExhausted);
    assert!(!server.client_with_token(Some(&bob)).await.has_keys(&KEY_ID).await.unwrap());
    drop(first);
    sleep(Duration::from_millis(100)).await;
    assert!(!other.has_keys(&KEY_ID).await.unwrap());
}

#[tokio::test]
async fn a_client_that_vanishes_takes_its_waiting_requests_along() {
    let backend = Gated::closed();
    let server = Server::with(backend.clone(), |_| {}).await;
    let mut keys = Keys::new();
    {
        let mut client = server.client().await;
        client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
        let mut exchange = client.multiply().await;
        for id in 0..20 {
            exchange.send(keys.request(&server.pack, 0, 1, id).0).await;
        }
        while backend.begun() == 0 {
            sleep(Duration::from_millis(5)).await;
        }
        sleep(Duration::from_millis(100)).await;
    }
    sleep(Duration::from_millis(100)).await;
    backend.pass(100);
    server.client().await.product(&mut keys, &server.pack).await.unwrap();
    assert_eq!(backend.begun(), 2, "one that ran when the client vanished, one of the next client");
}

#[tokio::test]
async fn a_defect_harms_its_own_request_alone() {
    let backend = Gated::closed();
    let server = Server::with(backend.clone(), |_| {}).await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut exchange = client.multiply().await;
    backend.break_next();
    assert_eq!(exchange.refused(keys.request(&server.pack, 0, 1, 1).0).await.0, Code::Internal);
    backend.pass(1);
    exchange.send(keys.request(&server.pack, 0, 1, 2).0).await;
    outcome(exchange.next().await.unwrap()).unwrap();
}

#[tokio::test]
async fn streams_take_turns() {
    let backend = Gated::closed();
    let server = Server::with(backend.clone(), |_| {}).await;
    let mut keys = Keys::new();
    let (mut busy, mut modest) = (server.client().await, server.client().await);
    busy.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let (mut burst, mut single) = (busy.multiply().await, modest.multiply().await);
    for id in 0..20 {
        burst.send(keys.request(&server.pack, 0, 1, id).0).await;
    }
    sleep(Duration::from_millis(100)).await;
    single.send(keys.request(&server.pack, 0, 1, 100).0).await;
    sleep(Duration::from_millis(100)).await;
    backend.pass(3);
    assert_eq!(single.next().await.unwrap().id, 100);
    backend.pass(18);
    for _ in 0..20 {
        burst.next().await.unwrap();
    }
}

#[tokio::test]
async fn online_requests_wait_for_nothing_that_runs() {
    let backend = Gated::closed();
    let server = Server::with(backend.clone(), |_| {}).await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let (mut ahead, mut exchange) = (client.multiply().await, client.multiply().await);
    backend.pass(1);
    let preparation = keys.preparation(&server.pack, 0, 1, 1);
    ahead.send(preparation.clone()).await;
    let answer = outcome(ahead.next().await.unwrap()).unwrap();
    let mut rows = keys.prepared(&server.pack, &preparation, &answer);
    let more = |rows| MultiplyRequest { rows, ..preparation.clone() };
    let (code, message) = ahead.refused(more(2)).await;
    assert_eq!((code, &message[..]), (Code::InvalidArgument, "ciphertext has 1 rows, but rows is 2"));
    // The next preparations stand still, one of them in the backend.
    for id in 2..6 {
        ahead.send(keys.preparation(&server.pack, 0, 1, id)).await;
    }
    while backend.begun() < 2 {
        sleep(Duration::from_millis(5)).await;
    }
    let (request, expected) = keys.online(&server.pack, 0, &mut rows, 1);
    exchange.send(request).await;
    let product = outcome(exchange.next().await.unwrap()).unwrap();
    assert_eq!(InsecurePlaintext::decrypt_prepared(&rows, &product).unwrap(), expected);
    backend.pass(4);
    for _ in 0..4 {
        outcome(ahead.next().await.unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_client_that_vanishes_takes_its_online_requests_along() {
    let backend = Gated::closed();
    let server = Server::with(backend.clone(), |_| {}).await;
    let mut keys = Keys::new();
    let mut prepare = async |client: &mut support::client::Client| {
        backend.pass(1);
        let mut ahead = client.multiply().await;
        let preparation = keys.preparation(&server.pack, 0, 1, 1);
        ahead.send(preparation.clone()).await;
        let answer = outcome(ahead.next().await.unwrap()).unwrap();
        let mut rows = keys.prepared(&server.pack, &preparation, &answer);
        keys.online(&server.pack, 0, &mut rows, 1).0
    };
    let mut staying = server.client().await;
    staying.put_keys(&KEY_ID, &Keys::new().evaluation).await.unwrap();
    {
        let mut client = server.client().await;
        let request = prepare(&mut client).await;
        backend.hold_online();
        let mut exchange = client.multiply().await;
        exchange.send(request).await;
        while backend.online_held() == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    }
    sleep(Duration::from_millis(100)).await;
    backend.release_online();
    let request = prepare(&mut staying).await;
    let mut exchange = staying.multiply().await;
    exchange.send(request).await;
    outcome(exchange.next().await.unwrap()).unwrap();
    assert_eq!(backend.online_begun(), 1, "that of the client that stayed");
}

#[tokio::test]
async fn online_requests_need_no_expanded_keys() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let preparation = keys.preparation(&server.pack, 0, 1, 1);
    let mut exchange = client.multiply().await;
    exchange.send(preparation.clone()).await;
    let answer = outcome(exchange.next().await.unwrap()).unwrap();
    let mut rows = keys.prepared(&server.pack, &preparation, &answer);
    drop((client, exchange));
    // Keys that cannot be read back are there all the same, until somebody tries.
    let stored = &server.stored()[0];
    let mut bytes = fs::read(stored).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(stored, bytes).unwrap();
    let server = server.restart(plain()).await;
    let mut exchange = server.client().await.multiply().await;
    exchange.send(keys.online(&server.pack, 0, &mut rows, 1).0).await;
    outcome(exchange.next().await.unwrap()).unwrap();
    exchange.send(keys.request(&server.pack, 0, 1, 2).0).await;
    assert_eq!(outcome(exchange.next().await.unwrap()), Err(Code::FailedPrecondition));
}

#[tokio::test]
async fn requests_hold_no_keys_while_they_wait() {
    let backend = Gated::closed();
    let server = Server::with(backend.clone(), |config| config.limits.max_queue = 2).await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut exchange = client.multiply().await;
    for id in 0..3 {
        exchange.send(keys.request(&server.pack, 0, 1, id).0).await;
    }
    let strange = MultiplyRequest { key_id: vec![9; 16].into(), ..keys.request(&server.pack, 0, 1, 3).0 };
    assert_eq!(
        exchange.refused(strange).await.0,
        Code::ResourceExhausted,
        "keys are looked for after a place"
    );
    while backend.begun() == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    assert!(client.delete_keys(&KEY_ID).await.unwrap());
    backend.pass(3);
    outcome(exchange.next().await.unwrap()).unwrap();
    for _ in 0..2 {
        assert_eq!(outcome(exchange.next().await.unwrap()), Err(Code::FailedPrecondition));
    }
}

#[tokio::test]
async fn a_full_queue_refuses() {
    let backend = Gated::closed();
    let server = Server::with(backend.clone(), |config| config.limits.max_queue = 2).await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut exchange = client.multiply().await;
    for id in 0..5 {
        exchange.send(keys.request(&server.pack, 0, 1, id).0).await;
    }
    for _ in 0..2 {
        assert_eq!(outcome(exchange.next().await.unwrap()), Err(Code::ResourceExhausted));
    }
    backend.pass(3);
    for _ in 0..3 {
        outcome(exchange.next().await.unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_stream_is_not_read_beyond_its_limit() {
    let backend = Gated::closed();
    let server = Server::with(backend.clone(), |config| {
        config.limits.max_in_flight = 3;
        config.limits.max_queue = 4;
    })
    .await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut exchange = client.multiply().await;
    for id in 0..30 {
        exchange.send(keys.request(&server.pack, 0, 1, id).0).await;
    }
    sleep(Duration::from_millis(100)).await;
    backend.pass(30);
    for _ in 0..30 {
        outcome(exchange.next().await.unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_in_flight() {
    let backend = Gated::closed();
    let server = Server::with(backend.clone(), |_| {}).await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut exchange = client.multiply().await;
    let mut expected = Vec::new();
    for id in 0..3 {
        let (request, products) = keys.request(&server.pack, 0, 1, id);
        exchange.send(request).await;
        expected.push(products);
    }
    sleep(Duration::from_millis(100)).await;
    let stopping = tokio::spawn(server.running.stop());
    sleep(Duration::from_millis(100)).await;
    assert!(!stopping.is_finished());
    backend.pass(3);
    for _ in 0..3 {
        let response = exchange.next().await.unwrap();
        let id = response.id as usize;
        let product = outcome(response).unwrap();
        assert_eq!(keys.decrypt(&server.pack.matrices[0], &product, 1), expected[id]);
    }
    assert_eq!(exchange.next().await.unwrap_err().code(), Code::Unavailable);
    timeout(Duration::from_secs(5), stopping).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn health_is_told_and_does_not_hold_up_a_shutdown() {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    let server = Server::start().await;
    let mut health = HealthClient::new(server.client().await.channel);
    let request = HealthCheckRequest { service: "sotto.v1.Sotto".into() };
    let mut watch = health.watch(request.clone()).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 1);
    assert_eq!(health.check(request).await.unwrap().into_inner().status, 1);
    let stopping = tokio::spawn(server.running.stop());
    assert_eq!(watch.message().await.unwrap().unwrap().status, 2);
    timeout(Duration::from_secs(5), stopping).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn the_service_describes_itself() {
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let server = Server::start().await;
    let mut reflection = ServerReflectionClient::new(server.client().await.channel);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answers = reflection.server_reflection_info(tokio_stream::once(request)).await.unwrap();
    let answer = answers.into_inner().message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = answer else { panic!("{answer:?}") };
    let names: Vec<_> = list.service.iter().map(|service| &service.name[..]).collect();
    assert!(names.contains(&"sotto.v1.Sotto") && names.contains(&"grpc.health.v1.Health"), "{names:?}");
}

#[tokio::test]
async fn calls_without_a_token_read_no_long_message() {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest,
    };
    let server = Server::start().await;
    let channel = server.client().await.channel;
    let request = HealthCheckRequest { service: "x".repeat(5000) };
    let status = HealthClient::new(channel.clone()).check(request).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
    let request = ServerReflectionRequest {
        host: "x".repeat(5000),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(channel);
    let answers = reflection.server_reflection_info(tokio_stream::once(request)).await.unwrap();
    assert!(answers.into_inner().message().await.unwrap().is_none(), "the call ends without an answer");
}

#[tokio::test]
async fn unknown_calls_are_unimplemented() {
    let server = Server::start().await;
    let mut grpc = tonic::client::Grpc::new(server.client().await.channel);
    grpc.ready().await.unwrap();
    let codec = sotto_wire::codec::SottoCodec::<GetInfoRequest, GetInfoRequest>::default();
    let path = http::uri::PathAndQuery::from_static("/sotto.v1.Sotto/Decrypt");
    let status = grpc.unary(Request::new(GetInfoRequest {}), path, codec).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_pack_that_is_not_what_it_says_is_refused() {
    use serde_json::json;
    type Change = fn(&mut support::pack::TestPack);
    let cases: [(&str, Change); 11] = [
        ("matrices.bin: its content does not have the hash", |pack| {
            let path = pack.directory.join("server/matrices.bin");
            let mut bytes = fs::read(&path).unwrap();
            bytes[7] ^= 1;
            fs::write(path, bytes).unwrap();
        }),
        ("matrices.bin: 1599 bytes instead of 1600", |pack| {
            let path = pack.directory.join("server/matrices.bin");
            fs::write(&path, &fs::read(&path).unwrap()[1..]).unwrap();
        }),
        ("cannot read server/manifest.json", |pack| {
            fs::remove_file(pack.directory.join("server/manifest.json")).unwrap();
        }),
        ("unknown field `more`", |pack| change(pack, |manifest| manifest["matrices"][0]["more"] = json!(1))),
        ("matrix h.0 has t", |pack| change(pack, |manifest| manifest["matrices"][0]["t"] = json!(65537))),
        ("matrix h.1 has failure_log2", |pack| {
            change(pack, |manifest| manifest["matrices"][1]["failure_log2"] = json!(-9999.0));
        }),
        ("matrix h.1 reaches over the end", |pack| {
            change(pack, |manifest| manifest["matrices"][1]["offset"] = json!(u64::MAX));
        }),
        ("data.file", |pack| change(pack, |manifest| manifest["data"]["file"] = json!("../../etc/passwd"))),
        ("its client half belongs to another", |pack| {
            pack.id = vec![0; 32];
            pack.write_client();
        }),
        ("lists the path", |pack| {
            pack.write_client_manifest(&[json!({ "path": "../server/matrices.bin", "bytes": 1600,
                "sha256": "00".repeat(32) })]);
        }),
        ("client/weights.bin: its content", |pack| {
            fs::write(pack.directory.join("client/weights.bin"), vec![0; WEIGHTS_LEN]).unwrap();
        }),
    ];
    fn change(pack: &mut support::pack::TestPack, edit: impl FnOnce(&mut serde_json::Value)) {
        let mut manifest = pack.server_manifest();
        edit(&mut manifest);
        pack.write_server_manifest(&manifest);
        pack.write_client();
    }
    assert_eq!(SHAPES.map(|shape| shape.inputs * shape.outputs).iter().sum::<usize>(), 1600);
    let server = Server::start().await;
    for (message, change) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut pack = support::pack::TestPack::write::<InsecurePlaintext>(folder.path());
        change(&mut pack);
        let mut config = server.config.clone();
        config.packs = vec![pack.directory];
        config.data = None;
        match serve::start(config, plain()).await {
            Err(Failure::Data(found)) => assert!(found.contains(message), "{message}: {found}"),
            Err(other) => panic!("{message}: {other}"),
            Ok(_) => panic!("{message}: served"),
        }
    }
}

#[tokio::test]
async fn a_matrix_that_breaks_a_bound_is_refused() {
    // 127 * 127 * 8192 is over half of the largest plaintext modulus.
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut pack = support::pack::TestPack::write::<InsecurePlaintext>(folder.path());
    let weights = vec![127; 8192];
    let hash = support::pack::hex(&Sha256::digest(&weights));
    fs::write(pack.directory.join("server/matrices.bin"), &weights).unwrap();
    let mut manifest = pack.server_manifest();
    let matrix = &mut manifest["matrices"][0];
    (matrix["inputs"], matrix["outputs"], matrix["length"]) = (8192.into(), 1.into(), 8192.into());
    matrix["sha256"] = hash.clone().into();
    manifest["matrices"].as_array_mut().unwrap().truncate(1);
    manifest["data"]["bytes"] = 8192.into();
    manifest["data"]["sha256"] = hash.into();
    pack.write_server_manifest(&manifest);
    pack.write_client();
    let mut config = server.config.clone();
    config.packs = vec![pack.directory];
    let Err(Failure::Data(message)) = serve::start(config, plain()).await.map(drop) else { panic!("served") };
    assert!(message.contains("matrix h.0: row 0 can reach 132128768"), "{message}");
}

#[tokio::test]
async fn a_configuration_that_would_be_unsafe_is_refused() {
    let server = Server::start().await;
    let refused = async |change: fn(&mut serve::Config)| {
        let mut config = server.config.clone();
        change(&mut config);
        serve::start(config, plain()).await.map(drop).unwrap_err()
    };
    let open = refused(|config| config.listen = "0.0.0.0:0".into()).await;
    assert!(matches!(&open, Failure::Usage(why) if why.contains("tokens are needed")), "{open}");
    let clear = refused(|config| {
        config.listen = "0.0.0.0:0".into();
        config.tls = serve::Tls::None;
    })
    .await;
    assert!(matches!(&clear, Failure::Usage(why) if why.contains("loopback")), "{clear}");
    let nowhere = refused(|config| config.listen = "nonsense".into()).await;
    assert!(matches!(nowhere, Failure::Usage(_)), "{nowhere}");
    let small = refused(|config| config.limits.max_message_bytes = 100).await;
    assert!(matches!(&small, Failure::Usage(why) if why.contains("--max-message-bytes")), "{small}");
    let twice = refused(|config| config.packs.push(config.packs[0].clone())).await;
    assert!(matches!(&twice, Failure::Usage(why) if why.contains("twice")), "{twice}");
    let mut config = server.config.clone();
    config.listen = server.running.address.to_string();
    let taken = serve::start(config, plain()).await.map(drop).unwrap_err();
    assert!(matches!(&taken, Failure::Network(why) if why.contains("--listen")), "{taken}");
}

#[tokio::test]
async fn an_answer_says_how_long_it_took() {
    let server = Server::start().await;
    let (mut client, mut keys) = (server.client().await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut exchange = client.multiply().await;
    exchange.send(keys.request(&server.pack, 0, 1, 4).0).await;
    let response = exchange.next().await.unwrap();
    assert!(matches!(response.result, Some(Outcome::Product(_))));
    assert!((1..10_000_000).contains(&response.server_us));
}
