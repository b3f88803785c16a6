//! A Hugging Face model directory: `config.json` and the tensors of its safetensors files.

pub mod safetensors;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;
use safetensors::{Dtype, Entry};

/// Appended to a tensor's name: the scales of a tensor that is stored in 8 bits.
const SCALE_SUFFIX: &str = "_scale";

/// An opened model directory. Tensors are read one at a time.
#[derive(Debug)]
pub struct Checkpoint {
    dir: PathBuf,
    config: Value,
    tensors: BTreeMap<String, (PathBuf, Entry)>,
}

/// A tensor's elements, in the precision in which they are stored (bfloat16 becomes 32 bits).
#[derive(Clone, Debug, PartialEq)]
pub enum Elements {
    /// 32-bit floating point.
    F32(Vec<f32>),
    /// 16-bit floating point.
    F16(Vec<f16>),
    /// Integers, each times the scale of its output channel.
    Int8 {
        /// The integers, each in -127..=127.
        values: Vec<i8>,
        /// One scale for each output channel.
        scales: Vec<f32>,
    },
}

/// A tensor in memory, row-major, without NaN or infinity.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its name in the file.
    pub name: String,
    /// Size in each dimension.
    pub shape: Vec<usize>,
    /// The elements.
    pub elements: Elements,
}

/// Which dimension of a stored matrix is the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// `[outputs, inputs]`, as `Linear` and embeddings are stored.
    First,
    /// `[inputs, outputs]`, as GPT-2's `Conv1D` is stored.
    Last,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Reads `config.json` and the headers of the weight files in `dir`.
    pub fn open(dir: &Path) -> Result<Checkpoint, Error> {
        if !dir.is_dir() {
            return Err(Error::Missing {
                path: dir.to_owned(),
                next: "give the folder of a Hugging Face model",
            });
        }
        let config = read_json(&dir.join("config.json"), "it is part of every Hugging Face model")?;
        let mut tensors = BTreeMap::new();
        for path in weight_files(dir)? {
            let header = safetensors::read_header(&path)
                .map_err(|source| Error::Safetensors { path: path.clone(), source })?;
            for (name, entry) in header {
                if let Some((first, _)) = tensors.insert(name.clone(), (path.clone(), entry)) {
                    return Err(Error::TwiceStored { name, first, second: path });
                }
            }
        }
        Ok(Checkpoint { dir: dir.to_owned(), config, tensors })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The content of `config.json`.
    pub fn config(&self) -> &Value {
        &self.config
    }

    /// Parses `config.json` into what an architecture wants from it.
    pub fn parse_config<'a, C: Deserialize<'a>>(&'a self) -> Result<C, Error> {
        C::deserialize(&self.config).map_err(|error| self.bad_config(error.to_string()))
    }

    /// The error of a `config.json` that cannot be used.
    pub fn bad_config(&self, problem: impl Into<String>) -> Error {
        Error::Content { path: self.dir.join("config.json"), problem: problem.into() }
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The shape of a tensor, if there is one of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|(_, entry)| entry.shape.as_slice())
    }

    /// Reads a tensor of the given shape in floating point.
    pub fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
        let (entry, bytes) = self.bytes(name, shape)?;
        let elements = match self.dtype(name, &entry)? {
            Dtype::F32 => from_f32(&bytes),
            Dtype::F16 => from_f16(&bytes).into_iter().map(f32::from).collect(),
            Dtype::BF16 => from_bf16(&bytes),
            Dtype::I8 => {
                return Err(Error::Dtype {
                    name: name.to_owned(),
                    dtype: "I8 (only matrices may be)".to_owned(),
                });
            }
        };
        self.finite(name, shape, &elements)?;
        Ok(elements)
    }

    /// Reads a matrix of the given shape; `channels` says which of its dimensions 8-bit scales belong to.
    pub fn matrix(&self, name: &str, shape: [usize; 2], channels: Channels) -> Result<Tensor, Error> {
        let (entry, bytes) = self.bytes(name, &shape)?;
        let elements = match self.dtype(name, &entry)? {
            Dtype::F32 => Elements::F32(from_f32(&bytes)),
            Dtype::F16 => Elements::F16(from_f16(&bytes)),
            Dtype::BF16 => Elements::F32(from_bf16(&bytes)),
            Dtype::I8 => self.int8(name, shape, channels, &bytes)?,
        };
        match &elements {
            Elements::F32(values) => self.finite(name, &shape, values)?,
            Elements::F16(values) => {
                if let Some(index) = values.iter().position(|value| !value.is_finite()) {
                    return Err(not_finite(name, &shape, index, values[index].into()));
                }
            }
            Elements::Int8 { .. } => {}
        }
        Ok(Tensor { name: name.to_owned(), shape: shape.to_vec(), elements })
    }

    fn int8(
        &self,
        name: &str,
        shape: [usize; 2],
        channels: Channels,
        bytes: &[u8],
    ) -> Result<Elements, Error> {
        let values: Vec<i8> = bytes.iter().map(|&byte| byte.cast_signed()).collect();
        let channel = |index: usize| match channels {
            Channels::First => index / shape[1],
            Channels::Last => index % shape[1],
        };
        if let Some(index) = values.iter().position(|&value| value == i8::MIN) {
            return Err(Error::Int8Range { name: name.to_owned(), row: channel(index) });
        }
        let outputs = match channels {
            Channels::First => shape[0],
            Channels::Last => shape[1],
        };
        let scale_name = format!("{name}{SCALE_SUFFIX}");
        let found = self.entry(&scale_name)?;
        // A column or a row of scales is as good as a list.
        let flat = found.shape.iter().product::<usize>() == outputs && found.shape.contains(&outputs);
        let scale_shape = if flat { found.shape.clone() } else { vec![outputs] };
        let scales = self.floats(&scale_name, &scale_shape)?;
        if let Some(row) = scales.iter().position(|&scale| scale < 0.0) {
            return Err(Error::Scale { name: scale_name, row, value: scales[row] });
        }
        Ok(Elements::Int8 { values, scales })
    }

    fn entry(&self, name: &str) -> Result<&Entry, Error> {
        let found = self.tensors.get(name).map(|(_, entry)| entry);
        found.ok_or_else(|| Error::NoTensor { name: name.to_owned(), dir: self.dir.clone() })
    }

    fn dtype(&self, name: &str, entry: &Entry) -> Result<Dtype, Error> {
        entry.known_dtype().ok_or_else(|| Error::Dtype { name: name.to_owned(), dtype: entry.dtype.clone() })
    }

    fn bytes(&self, name: &str, shape: &[usize]) -> Result<(Entry, Vec<u8>), Error> {
        let (path, entry) = self
            .tensors
            .get(name)
            .ok_or_else(|| Error::NoTensor { name: name.to_owned(), dir: self.dir.clone() })?;
        if entry.shape != shape {
            return Err(Error::Shape {
                name: name.to_owned(),
                expected: shape.to_vec(),
                found: entry.shape.clone(),
            });
        }
        let read = || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(entry.offset))?;
            let mut bytes = vec![0; entry.length as usize];
            file.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().map_err(|source| Error::Read { path: path.clone(), source })?;
        Ok((entry.clone(), bytes))
    }

    fn finite(&self, name: &str, shape: &[usize], values: &[f32]) -> Result<(), Error> {
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(index) => Err(not_finite(name, shape, index, values[index])),
        }
    }
}

/// The safetensors files of a folder: those of the index, or `model.safetensors`, or all that there are.
fn weight_files(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let index = dir.join("model.safetensors.index.json");
    if index.exists() {
        let value = read_json(&index, "")?;
        let parsed = Index::deserialize(&value)
            .map_err(|error| Error::Content { path: index.clone(), problem: error.to_string() })?;
        let names: BTreeSet<String> = parsed.weight_map.into_values().collect();
        let mut files = Vec::new();
        for name in names {
            if Path::new(&name).file_name().is_none_or(|file| file != name.as_str()) {
                return Err(Error::Content { path: index, problem: format!("{name:?} is not a file name") });
            }
            let path = dir.join(name);
            if !path.is_file() {
                return Err(Error::Missing { path, next: "the index names it: fetch the rest of the model" });
            }
            files.push(path);
        }
        return Ok(files);
    }
    let single = dir.join("model.safetensors");
    if single.is_file() {
        return Ok(vec![single]);
    }
    let failed = |source| Error::Read { path: dir.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        let next = if dir.join("pytorch_model.bin").exists() {
            "save the model with safetensors (save_pretrained does); pickled weights are not read"
        } else {
            "the folder holds no safetensors file"
        };
        return Err(Error::Missing { path: single, next });
    }
    Ok(files)
}

/// Reads a JSON file; `next` says what to do when it is absent.
pub(crate) fn read_json(path: &Path, next: &'static str) -> Result<Value, Error> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Missing { path: path.to_owned(), next });
        }
        Err(source) => return Err(Error::Read { path: path.to_owned(), source }),
    };
    serde_json::from_slice(&bytes)
        .map_err(|error| Error::Content { path: path.to_owned(), problem: error.to_string() })
}

fn not_finite(name: &str, shape: &[usize], index: usize, value: f32) -> Error {
    let columns = shape.last().copied().unwrap_or(1).max(1);
    Error::NotFinite { name: name.to_owned(), row: index / columns, column: index % columns, value }
}

fn from_f32(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect()
}

fn from_f16(bytes: &[u8]) -> Vec<f16> {
    bytes.as_chunks().0.iter().map(|&chunk| f16::from_le_bytes(chunk)).collect()
}

fn from_bf16(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&chunk| bf16::from_le_bytes(chunk).to_f32()).collect()
}
