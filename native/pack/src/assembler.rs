//! Writes the parts of a pack as an architecture hands them over: graphs, constants, remote matrices.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use lattice::{Rlwe, Scheme, Shape};

use crate::blobs::{BlobWriter, sha256};
use crate::checkpoint::{Elements, Tensor};
use crate::error::Error;
use crate::manifest::{
    DataFile, FileEntry, INPUT_MAJOR, MATRICES_FILE, Matrix, ServerMatrix, WEIGHTS_ALIGNMENT, WEIGHTS_FILE,
    Weights,
};
use crate::onnx::blocks::{self, Affine, Table, ZERO_POINT};
use crate::onnx::graph::{Blob, Dim, Element, External, F32, Graph, U8};
use crate::quantise::Int8Matrix;
use crate::watch::Watch;

type BlobFile = BlobWriter<BufWriter<File>>;

/// Collects a pack in a folder that nobody reads yet.
pub struct Assembler<'a> {
    client: PathBuf,
    server: PathBuf,
    weights: BlobFile,
    matrices: BlobFile,
    private: bool,
    entries: Vec<Matrix>,
    server_entries: Vec<ServerMatrix>,
    graphs: Vec<FileEntry>,
    watch: &'a mut dyn Watch,
    done: usize,
    parts: usize,
}

/// What an assembler wrote.
pub(crate) struct Assembled {
    pub(crate) matrices: Vec<Matrix>,
    pub(crate) server_matrices: Vec<ServerMatrix>,
    pub(crate) data: DataFile,
    /// Graphs and weights of the client bundle.
    pub(crate) files: Vec<FileEntry>,
}

impl<'a> Assembler<'a> {
    /// Writes into two existing folders. With `private` the remote matrices are in the server's only.
    pub(crate) fn new(
        client: &Path,
        server: &Path,
        private: bool,
        parts: usize,
        watch: &'a mut dyn Watch,
    ) -> Result<Self, Error> {
        let create = |path: PathBuf| {
            File::create_new(&path).map(BufWriter::new).map_err(|error| Error::write(path, error))
        };
        Ok(Assembler {
            weights: BlobWriter::new(create(client.join(WEIGHTS_FILE))?, WEIGHTS_ALIGNMENT),
            matrices: BlobWriter::new(create(server.join(MATRICES_FILE))?, 1),
            client: client.to_owned(),
            server: server.to_owned(),
            private,
            entries: Vec::new(),
            server_entries: Vec::new(),
            graphs: Vec::new(),
            watch,
            done: 0,
            parts,
        })
    }

    /// An empty graph, whose name is its file's without the extension.
    pub fn graph(&self, name: &str) -> Graph {
        Graph::new(name, WEIGHTS_FILE)
    }

    /// Writes a graph; returns its file.
    pub fn add_graph(&mut self, graph: Graph) -> Result<String, Error> {
        let file = format!("{}.onnx", graph.name());
        self.step(&file)?;
        self.write_graph(file, graph)
    }

    /// Writes floating point numbers as a vector.
    pub fn floats(&mut self, name: &str, values: &[f32]) -> Result<External<F32>, Error> {
        self.external(name, vec![values.len()], &little_endian(values))
    }

    /// Writes the weights of a linear layer that stays on the client.
    pub fn weights(&mut self, name: &str, matrix: &Int8Matrix) -> Result<External<U8>, Error> {
        self.step(name)?;
        self.input_major(name, matrix)
    }

    /// Writes scales and bias of a linear layer.
    pub fn affine(&mut self, name: &str, matrix: &Int8Matrix, bias: Option<&[f32]>) -> Result<Affine, Error> {
        let scales = self.floats(&format!("{name}.scale"), &matrix.scales)?;
        let bias = bias.map(|bias| self.floats(&format!("{name}.bias"), bias)).transpose()?;
        Ok(Affine { scales, bias })
    }

    /// Writes a table of rows in the precision in which the checkpoint has it.
    pub fn table(&mut self, name: &str, tensor: Tensor) -> Result<Table, Error> {
        let dims = tensor.shape;
        Ok(match tensor.elements {
            Elements::F32(values) => Table::F32(self.external(name, dims, &little_endian(&values))?),
            Elements::F16(values) => {
                let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                Table::F16(self.external(name, dims, &bytes)?)
            }
            Elements::Int8 { values, scales } => {
                let bytes: Vec<u8> = values.iter().map(|value| value.cast_unsigned()).collect();
                let rows = self.external(name, dims, &bytes)?;
                let scale_dims = vec![scales.len(), 1];
                let scales = self.external(&format!("{name}.scale"), scale_dims, &little_endian(&scales))?;
                Table::Int8(rows, scales)
            }
        })
    }

    /// Adds a remote matrix; returns its index. Refuses one that could not be served under encryption.
    pub fn remote(&mut self, layer: usize, name: &str, matrix: &Int8Matrix) -> Result<usize, Error> {
        self.step(name)?;
        let shape = Shape { inputs: matrix.inputs, outputs: matrix.outputs };
        let info = Rlwe::assess(name, shape, &matrix.weights)?;
        let index = self.entries.len();
        let bytes = matrix.output_major_bytes();
        let blob = self
            .matrices
            .append(&bytes)
            .map_err(|error| Error::write(self.server.join(MATRICES_FILE), error))?;
        self.server_entries.push(ServerMatrix {
            index,
            name: name.to_owned(),
            info: info.clone(),
            offset: blob.offset,
            length: blob.length,
            sha256: sha256(&bytes),
        });
        let (weights, graph) = if self.private {
            (None, None)
        } else {
            let weights = self.input_major(name, matrix)?;
            (Some(in_weights_file(weights.blob)), Some(self.multiply_graph(name, &weights)?))
        };
        self.entries.push(Matrix { index, name: name.to_owned(), layer, info, weights, graph });
        Ok(index)
    }

    /// Completes the files and makes sure that they are on the disk.
    pub(crate) fn finish(self) -> Result<Assembled, Error> {
        let close = |blobs: BlobFile, path: PathBuf| {
            let (out, bytes, sha256) = blobs.finish();
            let synced =
                out.into_inner().map_err(|error| error.into_error()).and_then(|file| file.sync_all());
            match synced {
                Ok(()) => Ok((bytes, sha256)),
                Err(error) => Err(Error::write(path, error)),
            }
        };
        let (bytes, sha256) = close(self.weights, self.client.join(WEIGHTS_FILE))?;
        let mut files = self.graphs;
        files.push(FileEntry { path: WEIGHTS_FILE.to_owned(), bytes, sha256 });
        let (bytes, sha256) = close(self.matrices, self.server.join(MATRICES_FILE))?;
        let data = DataFile { file: MATRICES_FILE.to_owned(), bytes, sha256 };
        Ok(Assembled { matrices: self.entries, server_matrices: self.server_entries, data, files })
    }

    /// A graph that multiplies rows `q` by a matrix, to `y`.
    fn multiply_graph(&mut self, name: &str, weights: &External<U8>) -> Result<String, Error> {
        let mut graph = self.graph(&format!("multiply.{name}"));
        let q = graph.input::<U8>("q", &[Dim::Rows, Dim::Size(weights.dims[0])]);
        let y = blocks::multiply(&mut graph, &q, weights);
        graph.output("y", y, &[Dim::Rows, Dim::Size(weights.dims[1])]);
        let file = format!("{}.onnx", graph.name());
        self.write_graph(file, graph)
    }

    fn write_graph(&mut self, file: String, graph: Graph) -> Result<String, Error> {
        let bytes = graph.encode();
        self.graphs.push(write_file(&self.client, &file, &bytes)?);
        Ok(file)
    }

    fn input_major(&mut self, name: &str, matrix: &Int8Matrix) -> Result<External<U8>, Error> {
        self.external(
            &format!("{name}.weight"),
            vec![matrix.inputs, matrix.outputs],
            &matrix.input_major_bytes(),
        )
    }

    fn external<E: Element>(
        &mut self,
        name: &str,
        dims: Vec<usize>,
        bytes: &[u8],
    ) -> Result<External<E>, Error> {
        let blob = self
            .weights
            .append(bytes)
            .map_err(|error| Error::write(self.client.join(WEIGHTS_FILE), error))?;
        Ok(External::new(name, dims, blob))
    }

    fn step(&mut self, what: &str) -> Result<(), Error> {
        self.watch.at(self.done, self.parts, what);
        self.done += 1;
        if self.watch.interrupted() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

/// Writes a small file of a bundle and makes sure that it is on the disk.
pub(crate) fn write_file(dir: &Path, name: &str, bytes: &[u8]) -> Result<FileEntry, Error> {
    let path = dir.join(name);
    let write = || {
        let mut file = File::create_new(&path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| Error::write(&path, error))?;
    Ok(FileEntry { path: name.to_owned(), bytes: bytes.len() as u64, sha256: sha256(bytes) })
}

fn in_weights_file(blob: Blob) -> Weights {
    Weights {
        file: WEIGHTS_FILE.to_owned(),
        offset: blob.offset,
        length: blob.length,
        layout: INPUT_MAJOR.to_owned(),
        zero_point: ZERO_POINT,
    }
}

fn little_endian(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
