//! Every wrong input is refused with a message that names what is wrong, and leaves nothing behind.

mod fixture;

use std::fs;
use std::path::Path;

use fixture::{Model, Precision, names, options};
use sotto_pack::watch::Unwatched;
use sotto_pack::{Error, Options, build};

/// Builds from a changed directory and returns the error.
fn refused(model: &Model, change: impl FnOnce(&Path)) -> Error {
    let dir = tempfile::tempdir().unwrap();
    let (from, out) = (dir.path().join("model"), dir.path().join("pack"));
    model.write(&from);
    change(&from);
    let error = build(&options(&from, &out), &mut Unwatched).unwrap_err();
    assert_eq!(names(dir.path()), ["model"], "something was left behind");
    error
}

#[track_caller]
fn says(error: &Error, code: u8, parts: &[&str]) {
    let message = error.to_string();
    assert!(parts.iter().all(|part| message.contains(part)), "{message:?} lacks one of {parts:?}");
    assert_eq!(error.exit_code(), code, "{message}");
}

fn unchanged(_: &Path) {}

#[test]
fn missing_files_are_named() {
    let model = Model::new();
    for (file, parts) in [
        ("config.json", ["config.json", "missing"]),
        ("model.safetensors", ["model.safetensors", "missing"]),
        ("vocab.json", ["vocab.json", "merges.txt are needed"]),
        ("merges.txt", ["merges.txt", "missing"]),
    ] {
        let error = refused(&model, |from| fs::remove_file(from.join(file)).unwrap());
        says(&error, 5, &parts);
    }
    let error = refused(&model, |from| {
        fs::rename(from.join("model.safetensors"), from.join("pytorch_model.bin")).unwrap();
    });
    says(&error, 5, &["save the model with safetensors"]);
    let nowhere = options(Path::new("/nowhere/at/all"), Path::new("/nowhere/pack"));
    says(&build(&nowhere, &mut Unwatched).unwrap_err(), 5, &["/nowhere/at/all", "missing"]);
}

#[test]
fn an_incomplete_set_of_shards_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (from, out) = (dir.path().join("model"), dir.path().join("pack"));
    Model::new().write_sharded(&from);
    fs::remove_file(from.join("b.safetensors")).unwrap();
    let error = build(&options(&from, &out), &mut Unwatched).unwrap_err();
    says(&error, 5, &["b.safetensors", "fetch the rest"]);

    let index = r#"{"weight_map":{"wte.weight":"../model/a.safetensors"}}"#;
    fs::write(from.join("model.safetensors.index.json"), index).unwrap();
    let error = build(&options(&from, &out), &mut Unwatched).unwrap_err();
    says(&error, 5, &["../model/a.safetensors", "is not a file name"]);

    // Without an index all files count, and one name may be in one of them only.
    fs::remove_file(from.join("model.safetensors.index.json")).unwrap();
    fs::copy(from.join("a.safetensors"), from.join("c.safetensors")).unwrap();
    let error = build(&options(&from, &out), &mut Unwatched).unwrap_err();
    says(&error, 5, &["is both in", "a.safetensors", "c.safetensors"]);
}

#[test]
fn another_architecture_is_refused() {
    let error = refused(&Model::new().set("model_type", "llama"), unchanged);
    says(&error, 5, &["llama", "gpt2"]);
    let error = refused(&Model::new().set("model_type", serde_json::Value::Null), unchanged);
    says(&error, 5, &["config.json", "model_type"]);
}

#[test]
fn configurations_that_are_not_gpt2s_are_refused() {
    for (key, value, part) in [
        ("n_embd", serde_json::json!(33), "n_embd is not a multiple of n_head"),
        ("n_head", serde_json::json!(0), "zero"),
        ("n_layer", serde_json::json!("two"), "invalid type"),
        ("vocab_size", serde_json::json!(-1), "invalid value"),
        ("n_positions", serde_json::json!(1u64 << 40), "16,777,216"),
        ("activation_function", serde_json::json!("relu"), "relu"),
        ("layer_norm_epsilon", serde_json::json!(0.0), "layer_norm_epsilon"),
        ("scale_attn_by_inverse_layer_idx", serde_json::json!(true), "scale_attn_by_inverse_layer_idx"),
        ("eos_token_id", serde_json::json!(260), "eos_token_id 260"),
    ] {
        let error = refused(&Model::new().set(key, value), unchanged);
        says(&error, 5, &["config.json", part]);
    }
    let error = refused(&Model::new(), |from| fs::write(from.join("config.json"), "{").unwrap());
    says(&error, 5, &["config.json"]);
}

#[test]
fn tensors_must_be_there_in_the_right_shape() {
    let name = "transformer.h.1.mlp.c_fc.weight";
    let mut model = Model::new();
    model.tensors.remove(name);
    says(&refused(&model, unchanged), 5, &[name, "missing"]);

    let mut model = Model::new();
    model.tensor(name).0.reverse();
    says(&refused(&model, unchanged), 5, &[name, "[128, 32]", "[32, 128]"]);

    let model = Model::new().set("tie_word_embeddings", false);
    says(&refused(&model, unchanged), 5, &["lm_head.weight", "missing"]);
}

#[test]
fn weights_must_be_finite() {
    for (name, value) in [
        ("transformer.h.0.attn.c_attn.weight", f32::NAN),
        ("transformer.h.1.ln_2.bias", f32::INFINITY),
        ("transformer.wte.weight", f32::NEG_INFINITY),
    ] {
        for precision in [Precision::F32, Precision::F16, Precision::BF16] {
            let mut model = Model::new().in_precision(precision);
            model.tensor(name).1[5] = value;
            says(&refused(&model, unchanged), 5, &[name, "[0, 5]"]);
        }
    }
}

#[test]
fn weights_in_8_bits_must_be_symmetric_and_have_scales() {
    let name = "transformer.h.0.attn.c_proj.weight";
    let mut model = Model::new().in_precision(Precision::Int8);
    model.tensor(name).1[35] = -0.101;
    says(&refused(&model, unchanged), 5, &[name, "output 3", "-128"]);

    let change = |from: &Path, old: &str, new: &str| {
        let path = from.join("model.safetensors");
        let bytes = fs::read(&path).unwrap();
        let at = bytes.windows(old.len()).position(|window| window == old.as_bytes()).unwrap();
        let changed = [&bytes[..at], new.as_bytes(), &bytes[at + old.len()..]].concat();
        fs::write(path, changed).unwrap();
    };
    let model = Model::new().in_precision(Precision::Int8);
    let error =
        refused(&model, |from| change(from, "h.0.attn.c_proj.weight_scale", "h.0.attn.c_proj.weight_sqale"));
    says(&error, 5, &["h.0.attn.c_proj.weight_scale", "missing"]);
}

#[test]
fn elements_of_other_types_are_refused() {
    let error = refused(&Model::new(), |from| {
        let path = from.join("model.safetensors");
        let bytes = fs::read(&path).unwrap();
        let at = bytes.windows(5).position(|window| window == b"\"F32\"").unwrap();
        fs::write(path, [&bytes[..at], b"\"I32\"", &bytes[at + 5..]].concat()).unwrap();
    });
    says(&error, 5, &["I32"]);
}

#[test]
fn damaged_safetensors_are_refused() {
    let edit = |edit: fn(Vec<u8>) -> Vec<u8>| {
        refused(&Model::new(), |from| {
            let path = from.join("model.safetensors");
            fs::write(&path, edit(fs::read(&path).unwrap())).unwrap();
        })
    };
    type Damage = fn(Vec<u8>) -> Vec<u8>;
    let cases: [(Damage, &str); 5] = [
        (|_| b"abc".to_vec(), "fewer than its header"),
        (|bytes| bytes[..bytes.len() - 1].to_vec(), "bytes of tensors"),
        (|bytes| [bytes, vec![0]].concat(), "bytes of tensors"),
        (|bytes| [&u64::MAX.to_le_bytes(), &bytes[8..]].concat(), "over the limit"),
        (|bytes| [&bytes[..8], b"[", &bytes[9..]].concat(), "not valid"),
    ];
    for (damage, part) in cases {
        says(&edit(damage), 5, &["model.safetensors", part]);
    }
}

#[test]
fn a_matrix_over_the_bounds_is_refused_by_name_and_row() {
    let hidden = 2560;
    let mut model = Model::sized(hidden, 1, 260).set("n_inner", 1);
    for (name, shape) in
        [("c_fc.weight", vec![hidden, 1]), ("c_fc.bias", vec![1]), ("c_proj.weight", vec![1, hidden])]
    {
        let values = vec![0.5; shape.iter().product()];
        *model.tensor(&format!("transformer.h.0.mlp.{name}")) = (shape, values);
    }
    // One weight for each output of the first matrix; in the second one output 7 has its largest weight everywhere.
    model.tensor("transformer.h.0.attn.c_attn.weight").1[3 * hidden..].fill(0.0);
    let (shape, values) = model.tensor("transformer.h.0.attn.c_proj.weight");
    (0..shape[0]).for_each(|input| values[input * shape[1] + 7] = -1.0);
    says(&refused(&model, unchanged), 5, &["matrix h.0.attn.c_proj", " 7 can reach"]);
}

#[test]
fn tokenizers_must_fit_the_model() {
    let write = |text: &'static str| {
        refused(&Model::new(), |from| fs::write(from.join("tokenizer.json"), text).unwrap())
    };
    says(&write("{"), 5, &["tokenizer.json"]);
    says(&write("{}"), 5, &["no vocabulary"]);
    says(&write(r#"{"model":{"vocab":{"a":260}}}"#), 5, &["\"a\" has id 260", "260 ids"]);
    let error = refused(&Model::new(), |from| fs::write(from.join("merges.txt"), "t h\nx y\n").unwrap());
    says(&error, 5, &["merges.txt", "line 2", "xy"]);
    let error = refused(&Model::new(), |from| {
        fs::write(from.join("tokenizer_config.json"), r#"{"sotto":{"turn":{"user":"<u>","assistant":"x"}}}"#)
            .unwrap();
    });
    says(&error, 5, &["<u>", "not one token"]);
}

#[test]
fn names_are_those_of_folders() {
    let dir = tempfile::tempdir().unwrap();
    let from = dir.path().join("My Model");
    Model::new().write(&from);
    for name in [None, Some(""), Some("../x"), Some(".x"), Some("X"), Some("a/b")] {
        let options = Options { name: name.map(str::to_owned), ..options(&from, &dir.path().join("pack")) };
        says(&build(&options, &mut Unwatched).unwrap_err(), 2, &["--name"]);
    }
    let upper = dir.path().join("Small-GPT2");
    Model::new().write(&upper);
    let options = Options { name: None, ..options(&upper, &dir.path().join("pack")) };
    assert_eq!(build(&options, &mut Unwatched).unwrap().name, "small-gpt2");
}
