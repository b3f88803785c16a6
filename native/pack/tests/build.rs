//! What a built pack holds.

mod fixture;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fixture::{HIDDEN, LAYERS, Model, Precision, VOCABULARY, files, options};
use prost::Message;
use serde_json::Value;
use sotto_pack::manifest::{ClientManifest, ServerManifest, Step};
use sotto_pack::onnx::proto;
use sotto_pack::watch::Unwatched;
use sotto_pack::{Options, Remote, build, verify};

fn built(model: &Model, change: impl FnOnce(Options) -> Options) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (from, out) = (dir.path().join("model"), dir.path().join("pack"));
    model.write(&from);
    build(&change(options(&from, &out)), &mut Unwatched).unwrap();
    (dir, out)
}

fn client(pack: &Path) -> ClientManifest {
    serde_json::from_slice(&fs::read(pack.join("client/manifest.json")).unwrap()).unwrap()
}

fn server(pack: &Path) -> ServerManifest {
    serde_json::from_slice(&fs::read(pack.join("server/manifest.json")).unwrap()).unwrap()
}

#[test]
fn the_server_has_the_attention_matrices() {
    let (_dir, pack) = built(&Model::new(), |options| options);
    let (client, server) = (client(&pack), server(&pack));
    let names: Vec<_> = server.matrices.iter().map(|matrix| matrix.name.as_str()).collect();
    assert_eq!(names, ["h.0.attn.c_attn", "h.0.attn.c_proj", "h.1.attn.c_attn", "h.1.attn.c_proj"]);
    assert_eq!(server.data.bytes as usize, LAYERS * 4 * HIDDEN * HIDDEN);
    assert_eq!(client.tokenizer.end, [256]);
    assert_eq!(client.program.layers.len(), LAYERS);
    let run = |name: &str| Step::Run(format!("layer.1.{name}.onnx"));
    let attend = Step::Attend("attend.onnx".to_owned());
    assert_eq!(
        client.program.layers[1],
        [run("in"), Step::Multiply(2), run("qkv"), attend, Step::Multiply(3), run("out")]
    );
    assert_eq!(verify(&pack).unwrap().matrices, 4);
}

#[test]
fn the_server_can_have_all_matrices() {
    let (_dir, pack) = built(&Model::new(), |options| Options { remote: Remote::All, ..options });
    let client = client(&pack);
    assert_eq!(client.matrices.len(), 4 * LAYERS);
    assert_eq!(client.matrices[7].name, "h.1.mlp.c_proj");
    assert_eq!(client.program.layers[0].len(), 10);
    verify(&pack).unwrap();
}

#[test]
fn every_precision_and_form_of_weights_is_read() {
    let (_dir, reference) = built(&Model::new(), |options| options);
    let reference = files(&reference.join("server"));
    let close = |model: &Model| {
        let (_dir, pack) = built(model, |options| options);
        verify(&pack).unwrap();
        let theirs = files(&pack.join("server"));
        let bytes = |files: &BTreeMap<_, Vec<u8>>| {
            files
                .iter()
                .find(|(path, _): &(&std::path::PathBuf, _)| path.ends_with("matrices.bin"))
                .unwrap()
                .1
                .clone()
        };
        bytes(&reference)
            .iter()
            .zip(&bytes(&theirs))
            .map(|(a, b)| (*a as i8).abs_diff(*b as i8))
            .max()
            .unwrap()
    };
    assert_eq!(close(&Model::new().without_prefix()), 0);
    assert!(close(&Model::new().in_precision(Precision::F16)) <= 1);
    assert!(close(&Model::new().in_precision(Precision::BF16)) <= 1);
}

#[test]
fn shards_give_the_same_pack_as_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| dir.path().join(name));
    Model::new().write(&one);
    Model::new().write_sharded(&two);
    let [a, b] = [("a", &one), ("b", &two)].map(|(name, from)| {
        let out = dir.path().join(name);
        build(&options(from, &out), &mut Unwatched).unwrap();
        files(&out).into_values().collect::<Vec<_>>()
    });
    assert_eq!(a, b);
}

#[test]
fn weights_in_8_bits_stay_as_they_are() {
    let model = Model::new().in_precision(Precision::Int8);
    let (_dir, pack) = built(&model, |options| options);
    let matrices = fs::read(pack.join("server/matrices.bin")).unwrap();
    let (shape, values) = &model.tensors["transformer.h.0.attn.c_attn.weight"];
    for output in 0..shape[1] {
        for input in 0..shape[0] {
            let stored = (values[input * shape[1] + output] * 1270.0) as i8;
            assert_eq!(matrices[output * shape[0] + input] as i8, stored);
        }
    }
    let graph = graph(&pack, "embed.onnx");
    assert_eq!(graph.initializer[0].data_type(), proto::DataType::Int8);
}

fn graph(pack: &Path, file: &str) -> proto::GraphProto {
    let bytes = fs::read(pack.join("client").join(file)).unwrap();
    proto::Model::decode(bytes.as_slice()).unwrap().graph.unwrap()
}

#[test]
fn graphs_read_and_write_the_registers_of_the_program() {
    let (_dir, pack) = built(&Model::new(), |options| Options { remote: Remote::All, ..options });
    let names =
        |infos: &[proto::ValueInfo]| infos.iter().map(|info| info.name().to_owned()).collect::<Vec<_>>();
    let expected = [
        ("embed.onnx", vec!["ids", "positions"], vec!["x"]),
        ("layer.0.in.onnx", vec!["x"], vec!["q", "s"]),
        ("multiply.h.0.attn.c_attn.onnx", vec!["q"], vec!["y"]),
        ("layer.0.qkv.onnx", vec!["y", "s"], vec!["query", "key", "value"]),
        ("attend.onnx", vec!["query", "keys", "values", "mask"], vec!["q", "s"]),
        ("layer.0.out.onnx", vec!["y", "s", "x"], vec!["x_next", "q", "s_next"]),
        ("layer.0.act.onnx", vec!["y", "s"], vec!["q", "s_next"]),
        ("layer.0.end.onnx", vec!["y", "s", "x"], vec!["x_next"]),
        ("head.onnx", vec!["x"], vec!["logits"]),
    ];
    for (file, inputs, outputs) in expected {
        let graph = graph(&pack, file);
        assert_eq!(names(&graph.input), inputs, "{file}");
        assert_eq!(names(&graph.output), outputs, "{file}");
        let size = fs::metadata(pack.join("client").join(file)).unwrap().len();
        assert!(size < 8_000, "{file} has {size} bytes: weights belong in the weights file");
    }
}

#[test]
fn the_local_product_shares_the_bytes_that_the_manifest_names() {
    let (_dir, pack) = built(&Model::new(), |options| options);
    for matrix in client(&pack).matrices {
        let weights = matrix.weights.unwrap();
        let tensor = graph(&pack, &matrix.graph.unwrap()).initializer[0].clone();
        let value = |key: &str| {
            tensor.external_data.iter().find(|entry| entry.key() == key).map(|entry| entry.value().to_owned())
        };
        assert_eq!(value("location").as_deref(), Some("weights.bin"));
        assert_eq!(value("offset"), Some(weights.offset.to_string()));
        assert_eq!(value("length"), Some(weights.length.to_string()));
        assert_eq!(weights.offset % 64, 0);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let from = dir.path().join("model");
    Model::new().write(&from);
    let [a, b] = ["a", "b/c"].map(|name| {
        let out = dir.path().join(name);
        build(&Options { name: None, ..options(&from, &out) }, &mut Unwatched).unwrap();
        files(&out)
            .into_iter()
            .map(|(path, bytes)| (path.strip_prefix(&out).unwrap().to_owned(), bytes))
            .collect()
    });
    let (a, b): (BTreeMap<_, _>, BTreeMap<_, _>) = (a, b);
    assert_eq!(a, b);
}

#[test]
fn a_private_pack_hides_the_remote_weights() {
    let model = Model::new();
    for remote in [Remote::Attention, Remote::All] {
        let (_dir, open) = built(&model, |options| Options { remote, ..options });
        let (_dir2, private) = built(&model, |options| Options { remote, private: true, ..options });
        verify(&private).unwrap();
        assert!(server(&private).private);
        for matrix in client(&private).matrices {
            assert_eq!((matrix.weights, matrix.graph), (None, None));
        }
        let matrices = fs::read(private.join("server/matrices.bin")).unwrap();
        assert_eq!(matrices, fs::read(open.join("server/matrices.bin")).unwrap());
        let server = server(&private);
        for matrix in &server.matrices {
            let bytes = &matrices[matrix.offset as usize..][..matrix.length as usize];
            let (inputs, outputs) = (matrix.info.inputs as usize, matrix.info.outputs as usize);
            let column: Vec<u8> = (0..16).map(|output| bytes[output * inputs]).collect();
            assert!(outputs >= 16);
            for piece in [&bytes[..16], &column] {
                let shifted: Vec<u8> = piece.iter().map(|byte| byte ^ 0x80).collect();
                let holds = |pack: &Path| {
                    let files = files(&pack.join("client"));
                    let mut windows = files.values().flat_map(|file| file.windows(16));
                    windows.any(|window| window == piece || window == shifted)
                };
                assert!(!holds(&private), "{} is in the client bundle", matrix.name);
            }
            // The search does find the weights where they are.
            let shifted: Vec<u8> = column.iter().map(|byte| byte ^ 0x80).collect();
            let weights = fs::read(open.join("client/weights.bin")).unwrap();
            assert!(weights.windows(16).any(|window| window == shifted));
        }
    }
}

#[test]
fn a_head_of_its_own_is_used() {
    let mut model = Model::new().set("tie_word_embeddings", false);
    let head = (vec![VOCABULARY, HIDDEN], (0..VOCABULARY * HIDDEN).map(|n| (n % 17) as f32 - 8.0).collect());
    model.tensors.insert("lm_head.weight".to_owned(), head);
    let (_dir, untied) = built(&model, |options| options);
    let (_dir2, tied) = built(&Model::new(), |options| options);
    let weights = |pack: &Path| fs::read(pack.join("client/weights.bin")).unwrap();
    assert_ne!(weights(&untied), weights(&tied));
    verify(&untied).unwrap();
}

#[test]
fn a_tokenizer_is_made_where_there_is_none() {
    let (_dir, pack) = built(&Model::new(), |options| options);
    let tokenizer: Value =
        serde_json::from_slice(&fs::read(pack.join("client/tokenizer.json")).unwrap()).unwrap();
    assert_eq!(tokenizer["model"]["type"], "BPE");
    assert_eq!(tokenizer["model"]["merges"][1], serde_json::json!(["th", "e"]));
    assert_eq!(tokenizer["pre_tokenizer"]["add_prefix_space"], false);
    assert_eq!(tokenizer["added_tokens"][0]["content"], "<|endoftext|>");
}

#[test]
fn turns_and_their_end_reach_the_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let (from, out) = (dir.path().join("model"), dir.path().join("pack"));
    Model::new().write(&from);
    let tokenizer = r#"{"added_tokens":[{"id":257,"content":"<u>"},{"id":258,"content":"<a>"}],"model":{"vocab":{"a":0}}}"#;
    fs::write(from.join("tokenizer.json"), tokenizer).unwrap();
    let turn = r#"{"sotto":{"turn":{"user":"<u>","assistant":"<a>"}},"add_bos_token":true}"#;
    fs::write(from.join("tokenizer_config.json"), turn).unwrap();
    build(&options(&from, &out), &mut Unwatched).unwrap();
    let manifest = client(&out).tokenizer;
    assert_eq!((manifest.begin, manifest.end), (vec![256], vec![256, 257]));
    assert_eq!(manifest.turn.unwrap().assistant, "<a>");
    assert_eq!(fs::read_to_string(out.join("client/tokenizer.json")).unwrap(), tokenizer);
}
