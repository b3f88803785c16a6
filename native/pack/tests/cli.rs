//! The command line as a script sees it.

mod fixture;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use fixture::{Model, names};
use serde_json::Value;

fn sotto_pack(arguments: &[&str], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sotto-pack")).args(arguments).current_dir(dir).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_pack_is_built_verified_and_inspected() {
    let dir = tempfile::tempdir().unwrap();
    Model::new().write(&dir.path().join("model"));
    let json = |arguments: &[&str]| {
        let output = sotto_pack(arguments, dir.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stderr), "", "no progress where there is no terminal");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let built =
        json(&["build", "--from", "model", "--out", "pack", "--remote", "all", "--private", "--json"]);
    assert_eq!(
        (&built["name"], &built["matrices"], &built["private"]),
        (&"model".into(), &8.into(), &true.into())
    );
    let verified = json(&["verify", "pack", "--json"]);
    assert_eq!((&verified["pack"], &verified["matrices"]), (&built["pack"], &8.into()));
    let summary = json(&["inspect", "pack", "--json"]);
    assert_eq!(summary["model"]["layers"], 2);
    assert_eq!(summary["matrices"][7]["name"], "h.1.mlp.c_proj");
    assert_eq!(summary["client_bytes"], built["client_bytes"]);
    let shown = sotto_pack(&["inspect", "pack"], dir.path());
    assert!(text(&shown.stdout).contains("h.1.mlp.c_proj"), "{}", text(&shown.stdout));
}

#[test]
fn wrong_usage_ends_with_2_and_wrong_data_with_5() {
    let dir = tempfile::tempdir().unwrap();
    Model::new().write(&dir.path().join("model"));
    fs::create_dir(dir.path().join("there")).unwrap();
    let cases: [(&[&str], i32, &str); 7] = [
        (&["build", "--from", "model"], 2, "--out"),
        (&["build", "--from", "model", "--out", "x", "--remote", "some"], 2, "attention, all"),
        (&["pack"], 2, "unrecognized subcommand"),
        (&["build", "--from", "model", "--out", "there"], 2, "--force"),
        (&["build", "--from", "nowhere", "--out", "x"], 5, "nowhere is missing"),
        (&["verify", "model"], 5, "is not a pack"),
        (&["inspect", "nowhere"], 5, "is not a pack"),
    ];
    for (arguments, code, part) in cases {
        let output = sotto_pack(arguments, dir.path());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(text(&output.stderr).contains(part), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "");
    }
    let help = sotto_pack(&["build", "--help"], dir.path());
    assert!(help.status.success() && text(&help.stdout).contains("--private"));
    assert_eq!(names(dir.path()), ["model", "there"]);
}

#[test]
fn damage_is_found() {
    let dir = tempfile::tempdir().unwrap();
    Model::new().write(&dir.path().join("model"));
    let built = sotto_pack(&["build", "--from", "model", "--out", "pack"], dir.path());
    assert!(built.status.success());
    let pack = dir.path().join("pack");
    let flip = |file: &str| {
        let path = pack.join(file);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    let found = |part: &str| {
        let output = sotto_pack(&["verify", "pack"], dir.path());
        assert_eq!(output.status.code(), Some(5), "{part}");
        assert!(text(&output.stderr).contains(part), "{part}: {}", text(&output.stderr));
    };
    for file in ["client/weights.bin", "client/attend.onnx", "client/tokenizer.json", "server/matrices.bin"] {
        flip(file);
        found(file);
        flip(file);
    }
    let extra = pack.join("client/extra.bin");
    fs::write(&extra, "").unwrap();
    found("extra.bin is not in the manifest");
    fs::remove_file(extra).unwrap();

    let edit = |file: &str, from: &str, to: &str| {
        let path = pack.join(file);
        let manifest = fs::read_to_string(&path).unwrap();
        assert!(manifest.contains(from), "{from}");
        fs::write(path, manifest.replacen(from, to, 1)).unwrap();
    };
    let cases = [
        ("client/manifest.json", "\"attend\": \"attend.onnx\"", "\"attend\": \"detour.onnx\"", "detour.onnx"),
        (
            "client/manifest.json",
            "\"embed\": \"embed.onnx\"",
            "\"embed\": \"../embed.onnx\"",
            "../embed.onnx",
        ),
        (
            "client/manifest.json",
            "\"path\": \"embed.onnx\"",
            "\"path\": \"../embed.onnx\"",
            "is not a file name",
        ),
        ("client/manifest.json", "\"multiply\": 0", "\"multiply\": 3", "is not its matrix"),
        ("client/manifest.json", "\"layout\": \"input-major\"", "\"layout\": \"spiral\"", "spiral"),
        ("client/manifest.json", "\"offset\": ", "\"offset\": 9999999", "does not lie in"),
        ("client/manifest.json", "sotto-pack/1", "sotto-pack/9", "format"),
        ("server/manifest.json", "\"private\": false", "\"private\": true", "different packs"),
    ];
    for (file, from, to, part) in cases {
        let before = fs::read(pack.join(file)).unwrap();
        edit(file, from, to);
        found(part);
        fs::write(pack.join(file), before).unwrap();
    }
    assert!(sotto_pack(&["verify", "pack"], dir.path()).status.success());

    fs::remove_dir_all(pack.join("server")).unwrap();
    let alone = sotto_pack(&["verify", "pack"], dir.path());
    assert!(alone.status.success(), "a client bundle alone is what a client installs");
    edit("client/manifest.json", "\"range_bound\": ", "\"range_bound\": 1");
    found("bounds are not those of its weights");
}

#[cfg(unix)]
mod interrupted {
    use super::*;
    use std::process::Stdio;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    /// Starts a build that takes a while, and waits until it writes.
    fn begun(dir: &Path) -> std::process::Child {
        Model::sized(256, 4, 20_000).write(&dir.join("model"));
        let child = Command::new(env!("CARGO_BIN_EXE_sotto-pack"))
            .args(["build", "--from", "model", "--out", "pack"])
            .current_dir(dir)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let staging = dir.join(format!(".pack.building-{}", child.id()));
        let began = Instant::now();
        while !staging.join("pack/client/weights.bin").exists() {
            assert!(began.elapsed() < Duration::from_secs(60), "the build does not begin");
            sleep(Duration::from_millis(1));
        }
        child
    }

    fn signal(child: &std::process::Child, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    #[test]
    fn an_interrupt_leaves_nothing() {
        for name in ["INT", "TERM"] {
            let dir = tempfile::tempdir().unwrap();
            let child = begun(dir.path());
            signal(&child, name);
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
            assert!(text(&output.stderr).contains("interrupted; nothing was written"));
            assert_eq!(names(dir.path()), ["model"]);
        }
    }

    #[test]
    fn what_a_killed_build_leaves_is_removed_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = begun(dir.path());
        signal(&child, "KILL");
        child.wait().unwrap();
        assert!(!dir.path().join("pack").exists());
        assert_eq!(names(dir.path()).len(), 2);
        let next = sotto_pack(&["build", "--from", "model", "--out", "pack"], dir.path());
        assert!(next.status.success(), "{}", text(&next.stderr));
        assert_eq!(names(dir.path()), ["model", "pack"]);
    }

    /// A limit on the size of files stands in for a full disk: both fail in the middle of a write.
    #[test]
    fn a_failing_write_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        Model::sized(128, 2, 2_000).write(&dir.path().join("model"));
        let output = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f 500; exec \"$0\" build --from model --out pack"])
            .arg(env!("CARGO_BIN_EXE_sotto-pack"))
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(5), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("weights.bin cannot be written"), "{}", text(&output.stderr));
        assert_eq!(names(dir.path()), ["model"]);
    }
}
