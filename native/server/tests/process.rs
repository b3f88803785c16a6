//! The program itself, with the scheme that encrypts: its command line, its exit codes, and what survives `kill -9`.

mod support;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
};

use lattice::{Rlwe, Scheme as _};
use serde_json::Value;
use sotto_wire::v1::{GetInfoRequest, sotto_client::SottoClient};
use support::{
    client::{self, KEY_ID, outcome},
    pack::{TestPack, hex},
    process::{Folder, PROGRAM, Process, run, text},
};
use tempfile::TempDir;
use tonic::{Code, transport::Endpoint};

type Keys = client::Keys<Rlwe>;

#[tokio::test]
async fn keys_survive_kill_9_and_nothing_secret_is_told() {
    let folder = Folder::new();
    let (data, tokens, log) = (folder.text("data"), folder.text("tokens.json"), folder.path("log"));
    let added = run(&["token", "add", "ada", "--tokens", &tokens]);
    assert!(added.status.success());
    let token = text(&added.stdout).trim();
    let metrics = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let arguments = ["--data", &data, "--tokens", &tokens, "--metrics", &metrics];

    let mut keys = Keys::new();
    let first = Process::serve(&folder.pack.directory, &log, &arguments);
    let identity = first.listening["identity"].clone();
    let mut client = first.client(Path::new(&data), Some(token)).await;
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    client.product(&mut keys, &folder.pack).await.unwrap();
    drop(first); // SIGKILL

    let second = Process::serve(&folder.pack.directory, &log, &arguments);
    assert_eq!(second.listening["identity"], identity);
    let mut client = second.client(Path::new(&data), Some(token)).await;
    let mut exchange = client.multiply().await;
    let (request, expected) = keys.request(&folder.pack, 1, 3, 1);
    exchange.send(request.clone()).await;
    let product = outcome(exchange.next().await.unwrap()).unwrap();
    assert_eq!(keys.decrypt(&folder.pack.matrices[1], &product, 3), expected);
    let mut damaged = request.clone();
    damaged.ciphertext = vec![0xff; damaged.ciphertext.len()].into();
    assert_eq!(exchange.refused(damaged).await.0, Code::InvalidArgument);

    let page = scrape(&metrics);
    for line in [
        "sotto_products_total{kind=\"whole\"} 1",
        "sotto_rows_total{kind=\"whole\"} 3",
        "sotto_refusals_total{code=\"3\"} 1",
        "sotto_keys_total{event=\"read-back\"} 1",
        "sotto_connections 1",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    drop((exchange, client));
    assert_eq!(second.terminate(), Some(0));

    let log = fs::read_to_string(log).unwrap();
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert!(log.contains("keys stored") && log.contains("call ended") && log.contains("request refused"));
    let ciphertext = &request.ciphertext[request.ciphertext.len() - 16..];
    let evaluation = &keys.evaluation[keys.evaluation.len() - 16..];
    for told in [&log, &page] {
        for secret in
            [&hex(ciphertext), &hex(evaluation), &hex(&KEY_ID), token, token.trim_start_matches("sotto_")]
        {
            assert!(!told.contains(secret));
        }
        assert!(!told.contains(&format!("{ciphertext:?}")) && !told.contains(&format!("{evaluation:?}")));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_cannot_be_read_is_told_without_whole_key_ids() {
    let folder = Folder::new();
    let (data, log) = (folder.text("data"), folder.path("log"));
    let process = Process::serve(&folder.pack.directory, &log, &["--data", &data]);
    let (mut client, keys) = (process.client(Path::new(&data), None).await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    // A loop of links: the system refuses to open it, also for root.
    let account = fs::read_dir(folder.path("data/keys/accounts")).unwrap().next().unwrap().unwrap().path();
    let looped = [7; 16];
    std::os::unix::fs::symlink(hex(&looped), account.join(hex(&looped))).unwrap();
    assert_eq!(client.has_keys(&looped).await.unwrap_err().code(), Code::Unavailable);
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("cannot read the object store") && log.contains("os error"), "{log}");
    assert!(log.contains(&hex(&looped)[..8]) && !log.contains(&hex(&looped)), "{log}");
}

fn scrape(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

#[tokio::test]
async fn mutated_ciphertexts_are_refused_or_multiplied() {
    let folder = Folder::new();
    let data = folder.text("data");
    let process = Process::serve(&folder.pack.directory, &folder.path("log"), &["--data", &data]);
    let (mut client, mut keys) = (process.client(Path::new(&data), None).await, Keys::new());
    client.put_keys(&KEY_ID, &keys.evaluation).await.unwrap();
    let mut exchange = client.multiply().await;
    let (good, _) = keys.request(&folder.pack, 0, 1, 1);
    let (mut refused, length) = (0, good.ciphertext.len());
    let header = 0..64 * 8;
    let body = (64 * 8..length * 8).step_by(length / 16 + 1);
    for bit in header.chain(body) {
        let mut request = good.clone();
        let mut ciphertext = good.ciphertext.to_vec();
        ciphertext[bit / 8] ^= 1 << (bit % 8);
        request.ciphertext = ciphertext.into();
        exchange.send(request).await;
        match outcome(exchange.next().await.unwrap()) {
            Ok(_) => {}
            Err(Code::InvalidArgument) => refused += 1,
            Err(code) => panic!("bit {bit}: {code}"),
        }
    }
    assert!(refused > 0);
    for length in [0, 1, 43, length - 1] {
        let mut request = good.clone();
        request.ciphertext.truncate(length);
        assert_eq!(exchange.refused(request).await.0, Code::InvalidArgument);
    }
    client.product(&mut keys, &folder.pack).await.unwrap();
    assert_eq!(
        client.put_keys(&[1; 16], &keys.evaluation[1..]).await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[tokio::test]
async fn clear_text_is_spoken_on_loopback_when_asked_for() {
    let folder = Folder::new();
    let process = Process::serve(&folder.pack.directory, &folder.path("log"), &["--insecure-no-tls"]);
    assert!(process.listening["identity"].is_null());
    let endpoint = Endpoint::from_shared(format!("http://{}", process.address())).unwrap();
    let mut calls = SottoClient::new(endpoint.connect().await.unwrap());
    let info = calls.get_info(GetInfoRequest {}).await.unwrap().into_inner();
    assert_eq!(info.scheme.unwrap().name, Rlwe::info().name);
}

#[test]
fn exit_codes_tell_what_to_mend() {
    let folder = Folder::new();
    let (pack, nowhere) = (folder.text("pack"), folder.text("nowhere"));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let damaged = folder.path("damaged");
    TestPack::write::<Rlwe>(&damaged);
    fs::write(damaged.join("server/matrices.bin"), [1; 1600]).unwrap();
    let damaged = damaged.to_str().unwrap();
    for (code, message, arguments) in [
        (2, "--pack", &["serve"][..]),
        (2, "--threads", &["serve", "--pack", &pack, "--threads", "0"]),
        (2, "tokens are needed", &["serve", "--pack", &pack, "--listen", "0.0.0.0:0"]),
        (2, "loopback", &["serve", "--pack", &pack, "--listen", "0.0.0.0:0", "--insecure-no-tls"]),
        (
            2,
            "cannot be used with",
            &["serve", "--pack", &pack, "--insecure-no-tls", "--tls-cert", "a", "--tls-key", "b"],
        ),
        (4, "choose another --listen", &["serve", "--pack", &pack, "--listen", &address]),
        (
            4,
            "choose another --metrics",
            &["serve", "--pack", &pack, "--listen", "127.0.0.1:0", "--metrics", &address],
        ),
        (5, "sotto-pack build", &["serve", "--pack", &nowhere, "--listen", "127.0.0.1:0"]),
        (5, "does not have the hash", &["serve", "--pack", damaged, "--listen", "127.0.0.1:0"]),
        (5, "does not have the hash", &["inspect", "--pack", damaged]),
        (5, "token add", &["serve", "--pack", &pack, "--listen", "127.0.0.1:0", "--tokens", &nowhere]),
        (
            5,
            "--data",
            &[
                "serve",
                "--pack",
                &pack,
                "--listen",
                "127.0.0.1:0",
                "--insecure-no-tls",
                "--data",
                "/proc/none",
            ],
        ),
    ] {
        let output = run(arguments);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains(message), "{arguments:?}: {told}");
        assert!(output.stdout.is_empty());
    }
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["inspect", "--help"],
        &["token", "--help"],
        &["cert", "--help"],
    ] {
        assert!(run(arguments).status.success());
    }
}

#[test]
fn tokens_are_shown_once_and_stored_hashed() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("tokens.json");
    let tokens = ["--tokens", file.to_str().unwrap()];
    let add = |name| run(&[&["token", "add", name][..], &tokens].concat());
    let ada = add("ada");
    let token = text(&ada.stdout).trim();
    assert_eq!(token.len(), "sotto_".len() + 64);
    assert!(!fs::read_to_string(&file).unwrap().contains(&token[6..]));
    assert_eq!(add("ada").status.code(), Some(2));
    assert!(add("bob").status.success());
    let list = run(&[&["token", "list"][..], &tokens].concat());
    assert_eq!(text(&list.stdout), "ada\nbob\n");
    let removed = run(&[&["token", "remove", "ada"][..], &tokens].concat());
    assert!(removed.status.success());
    let list = run(&[&["token", "list", "--json"][..], &tokens].concat());
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list["tokens"][0]["name"], "bob");
    assert_eq!(run(&[&["token", "remove", "ada"][..], &tokens].concat()).status.code(), Some(2));
}

#[test]
fn changes_of_the_token_file_follow_each_other() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("tokens.json");
    let tokens = ["--tokens", file.to_str().unwrap()];
    let change = |what, name: &str| run(&[&["token", what, name][..], &tokens].concat()).status.success();
    assert!((0..8).all(|i| change("add", &format!("old-{i}"))));
    std::thread::scope(|threads| {
        for i in 0..8 {
            threads.spawn(move || assert!(change("add", &format!("new-{i}"))));
            threads.spawn(move || assert!(change("remove", &format!("old-{i}"))));
        }
    });
    let list = run(&[&["token", "list"][..], &tokens].concat());
    let mut names: Vec<_> = text(&list.stdout).lines().collect();
    names.sort_unstable();
    assert_eq!(names, ["new-0", "new-1", "new-2", "new-3", "new-4", "new-5", "new-6", "new-7"]);
}

#[test]
fn a_certificate_is_made_once_and_served() {
    let folder = Folder::new();
    let out = folder.text("certificate");
    let made = run(&["cert", "--out", &out, "--name", "sotto.example"]);
    let fingerprint = text(&made.stdout).trim();
    assert!(fingerprint.starts_with("sha256:") && fingerprint.len() == 71, "{fingerprint}");
    assert_eq!(run(&["cert", "--out", &out]).status.code(), Some(5));
    let (certificate, key) = (format!("{out}/cert.pem"), format!("{out}/key.pem"));
    let arguments = ["--tls-cert", &certificate, "--tls-key", &key];
    let process = Process::serve(&folder.pack.directory, &folder.path("log"), &arguments);
    assert_eq!(process.listening["identity"], fingerprint);
    assert_eq!(process.terminate(), Some(0));
}

#[test]
fn a_pack_is_inspected() {
    let folder = Folder::new();
    let pack = folder.text("pack");
    let shown = run(&["inspect", "--pack", &pack]);
    assert!(text(&shown.stdout).contains("24 -> 40"), "{}", text(&shown.stdout));
    let json: Value = serde_json::from_slice(&run(&["inspect", "--pack", &pack, "--json"]).stdout).unwrap();
    assert_eq!(json["pack"], hex(&folder.pack.id));
    assert_eq!(json["weights"], 1600);
    assert!(json["memory_bytes"].as_u64().unwrap() >= 1600);
    for estimate in json["security"].as_array().unwrap() {
        let log2 = |field: &str| estimate[field].as_f64().unwrap();
        assert!(log2("log2_modulus") <= log2("standard_log2_modulus"), "{estimate}");
        for attack in [estimate, &estimate["dual"]] {
            let bits = |field: &str| attack[field].as_f64().unwrap();
            assert!(bits("core_svp_quantum") < bits("core_svp_classical"), "{attack}");
            assert!(bits("standard_model") >= 127.5, "{attack}");
            let shown_bits = format!(" {:.1}\n", bits("standard_model"));
            assert!(text(&shown.stdout).contains(&shown_bits), "{}", text(&shown.stdout));
        }
    }
    for (index, matrix) in folder.pack.matrices.iter().enumerate() {
        let shown = &json["matrices"][index];
        assert_eq!(shown["t"], matrix.info.t);
        assert_eq!(shown["range_bound"], matrix.info.range_bound);
        assert!(shown["failure_log2"].as_f64().unwrap() <= -128.0);
    }
}

#[test]
fn the_program_cannot_run_without_encryption() {
    let program = fs::read(PROGRAM).unwrap();
    let name = b"insecure-plaintext";
    assert!(!program.windows(name.len()).any(|window| window == name));
}
