//! A pack's tokenizer: the checkpoint's `tokenizer.json`, or one made from `vocab.json` and `merges.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::checkpoint::{Checkpoint, read_json};
use crate::error::Error;
use crate::manifest::{self, TOKENIZER_FILE, Turn};

const VOCABULARY: &str = "vocab.json";
const MERGES: &str = "merges.txt";
const OPTIONS: &str = "tokenizer_config.json";

/// A tokenizer's file and what the manifest says about it.
#[derive(Debug)]
pub struct Tokenizer {
    /// The bytes of `tokenizer.json`.
    pub file: Vec<u8>,
    /// Its entry in the manifest.
    pub entry: manifest::Tokenizer,
}

#[derive(Deserialize)]
struct SpecialTokens {
    #[serde(default)]
    bos_token_id: Option<u32>,
    #[serde(default)]
    eos_token_id: Option<Ids>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Ids {
    One(u32),
    Many(Vec<u32>),
}

/// Reads or makes the tokenizer of a checkpoint whose model has `vocabulary` token ids.
pub fn read(checkpoint: &Checkpoint, vocabulary: usize) -> Result<Tokenizer, Error> {
    let dir = checkpoint.dir();
    let special: SpecialTokens = checkpoint.parse_config()?;
    let end = match special.eos_token_id {
        None => Vec::new(),
        Some(Ids::One(id)) => vec![id],
        Some(Ids::Many(ids)) => ids,
    };
    let path = dir.join(TOKENIZER_FILE);
    let (file, tokenizer) = if path.exists() {
        let tokenizer = read_json(&path, "")?;
        let file = fs::read(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        (file, tokenizer)
    } else {
        let tokenizer = byte_level_bpe(dir, &end)?;
        (tokenizer.to_string().into_bytes(), tokenizer)
    };
    let wrong = |problem: String| Error::Content { path: path.clone(), problem };
    let ids =
        token_ids(&tokenizer).ok_or_else(|| wrong("it has no vocabulary of tokens and ids".to_owned()))?;
    if let Some((token, id)) = ids.iter().find(|&(_, &id)| id as usize >= vocabulary) {
        return Err(wrong(format!("token {token:?} has id {id}, but the model has {vocabulary} ids")));
    }
    if let Some(id) = end.iter().find(|&&id| id as usize >= vocabulary) {
        return Err(checkpoint.bad_config(format!("eos_token_id {id} is not below vocab_size")));
    }
    let options = read_options(dir)?;
    let begin = match options.get("add_bos_token") {
        Some(Value::Bool(true)) => special.bos_token_id.into_iter().collect(),
        _ => Vec::new(),
    };
    let turn = read_turn(dir, &options)?;
    let mut end = end;
    if let Some(turn) = &turn {
        for marker in [&turn.user, &turn.assistant] {
            if !ids.contains_key(marker.as_str()) {
                return Err(wrong(format!("the turn marker {marker:?} is not one token")));
            }
        }
        // The model's turn is over when it begins to speak for the user.
        end.extend(ids.get(turn.user.as_str()).filter(|id| !end.contains(id)));
    }
    Ok(Tokenizer { file, entry: manifest::Tokenizer { file: TOKENIZER_FILE.to_owned(), begin, end, turn } })
}

/// Every token of a `tokenizer.json` with its id.
fn token_ids(tokenizer: &Value) -> Option<BTreeMap<&str, u32>> {
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    let vocabulary = tokenizer.get("model")?.get("vocab")?.as_object()?;
    let mut ids = BTreeMap::new();
    for (token, value) in vocabulary {
        ids.insert(token.as_str(), id(value)?);
    }
    for added in tokenizer.get("added_tokens").and_then(Value::as_array).into_iter().flatten() {
        ids.insert(added.get("content")?.as_str()?, id(added.get("id")?)?);
    }
    Some(ids)
}

fn read_options(dir: &Path) -> Result<Value, Error> {
    match read_json(&dir.join(OPTIONS), "") {
        Err(Error::Missing { .. }) => Ok(Value::Null),
        other => other,
    }
}

/// The markers of turns: `{"sotto": {"turn": {"user", "assistant"}}}`.
fn read_turn(dir: &Path, options: &Value) -> Result<Option<Turn>, Error> {
    match options.get("sotto").and_then(|sotto| sotto.get("turn")) {
        None | Some(Value::Null) => Ok(None),
        Some(turn) => Turn::deserialize(turn).map(Some).map_err(|error| Error::Content {
            path: dir.join(OPTIONS),
            problem: format!("sotto.turn: {error}"),
        }),
    }
}

/// GPT-2's byte-level BPE in the form of Hugging Face's `tokenizers`; tokens `special` are never split or merged.
fn byte_level_bpe(dir: &Path, special: &[u32]) -> Result<Value, Error> {
    let next = "without a tokenizer.json, vocab.json and merges.txt are needed";
    let vocabulary_path = dir.join(VOCABULARY);
    let vocabulary = read_json(&vocabulary_path, next)?;
    let ids: BTreeMap<String, u32> = BTreeMap::deserialize(&vocabulary)
        .map_err(|error| Error::Content { path: vocabulary_path, problem: error.to_string() })?;
    let merges_path = dir.join(MERGES);
    let text = match fs::read_to_string(&merges_path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Missing { path: merges_path, next });
        }
        Err(source) => return Err(Error::Read { path: merges_path, source }),
    };
    let merges = parse_merges(&text, &ids).map_err(|(line, problem)| Error::Content {
        path: merges_path,
        problem: format!("line {line}: {problem}"),
    })?;
    let added: Vec<Value> = ids
        .iter()
        .filter(|(_, id)| special.contains(id))
        .map(|(content, id)| {
            json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        })
        .collect();
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                  "vocab": vocabulary, "merges": merges},
    }))
}

/// The merges of a `merges.txt` as `[left, right]`, best first. Fails with a line's number and what is wrong.
fn parse_merges(text: &str, ids: &BTreeMap<String, u32>) -> Result<Vec<[String; 2]>, (usize, String)> {
    let mut merges = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.is_empty() || (number == 0 && line.starts_with("#version")) {
            continue;
        }
        let problem = |problem: String| (number + 1, problem);
        let Some((left, right)) = line.split_once(' ').filter(|(_, right)| !right.contains(' ')) else {
            return Err(problem(format!("{line:?} is not two tokens")));
        };
        for token in [left.to_owned(), right.to_owned(), format!("{left}{right}")] {
            if !ids.contains_key(&token) {
                return Err(problem(format!("{token:?} is not in {VOCABULARY}")));
            }
        }
        merges.push([left.to_owned(), right.to_owned()]);
    }
    Ok(merges)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_are_read_and_checked() {
        let ids: BTreeMap<String, u32> =
            ["#", "a", "b", "ab", "#a"].iter().zip(0..).map(|(token, id)| (token.to_string(), id)).collect();
        let pair = |left: &str, right: &str| [left.to_owned(), right.to_owned()];
        assert_eq!(
            parse_merges("#version: 0.2\na b\n# a\n", &ids).unwrap(),
            [pair("a", "b"), pair("#", "a")]
        );
        assert_eq!(parse_merges("a b\nab", &ids).unwrap_err().0, 2);
        assert_eq!(parse_merges("a b c", &ids).unwrap_err().0, 1);
        assert_eq!(parse_merges("a b\n\nb a", &ids).unwrap_err(), (3, "\"ba\" is not in vocab.json".into()));
    }
}
