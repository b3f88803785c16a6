//! A pack of two small matrices.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chacha20::ChaCha20Rng;
use lattice::{MatrixInfo, Scheme, Shape};
use rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub struct TestPack {
    pub directory: PathBuf,
    pub id: Vec<u8>,
    pub matrices: Vec<TestMatrix>,
}

pub struct TestMatrix {
    pub info: MatrixInfo,
    pub weights: Vec<i8>,
}

impl TestMatrix {
    /// The exact products of rows.
    pub fn products(&self, rows: &[i8]) -> Vec<i32> {
        let inputs = self.info.inputs as usize;
        let dot = |w: &[i8], x: &[i8]| w.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum();
        let rows = rows.chunks_exact(inputs);
        rows.flat_map(|x| self.weights.chunks_exact(inputs).map(move |w| dot(w, x))).collect()
    }
}

pub const SHAPES: [Shape; 2] = [Shape { inputs: 24, outputs: 40 }, Shape { inputs: 40, outputs: 16 }];
/// A client file long enough for several chunks.
pub const WEIGHTS_LEN: usize = 600_000;

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl TestPack {
    pub fn write<S: Scheme>(directory: &Path) -> Self {
        Self::write_other::<S>(directory, 7)
    }

    /// The pack whose weights `seed` gives.
    pub fn write_other<S: Scheme>(directory: &Path, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let matrices: Vec<_> = SHAPES
            .iter()
            .map(|&shape| {
                let mut bytes = vec![0; shape.inputs * shape.outputs];
                rng.fill_bytes(&mut bytes);
                let weights: Vec<i8> = bytes.into_iter().map(|byte| (byte as i8).max(-127)).collect();
                TestMatrix { info: S::assess("m", shape, &weights).unwrap(), weights }
            })
            .collect();
        let mut data = Vec::new();
        let entries: Vec<Value> = matrices
            .iter()
            .enumerate()
            .map(|(index, matrix)| {
                let bytes: Vec<u8> = matrix.weights.iter().map(|&weight| weight as u8).collect();
                let entry = json!({
                    "index": index, "name": format!("h.{index}"),
                    "inputs": matrix.info.inputs, "outputs": matrix.info.outputs, "t": matrix.info.t,
                    "range_bound": matrix.info.range_bound, "noise_log2": matrix.info.noise_log2,
                    "failure_log2": matrix.info.failure_log2,
                    "offset": data.len(), "length": bytes.len(), "sha256": hex(&Sha256::digest(&bytes)),
                });
                data.extend(bytes);
                entry
            })
            .collect();
        let manifest = json!({
            "format": "sotto-server-pack/1", "name": "tiny", "private": false, "matrices": entries,
            "data": { "file": "matrices.bin", "bytes": data.len(), "sha256": hex(&Sha256::digest(&data)) },
        });
        for half in ["server", "client/graphs"] {
            fs::create_dir_all(directory.join(half)).unwrap();
        }
        fs::write(directory.join("server/matrices.bin"), data).unwrap();
        let mut pack = Self { directory: directory.into(), id: Vec::new(), matrices };
        pack.write_server_manifest(&manifest);
        pack.write_client();
        pack
    }

    pub fn server_manifest(&self) -> Value {
        serde_json::from_slice(&fs::read(self.directory.join("server/manifest.json")).unwrap()).unwrap()
    }

    pub fn write_server_manifest(&mut self, manifest: &Value) {
        let bytes = serde_json::to_vec(manifest).unwrap();
        self.id = Sha256::digest(&bytes).to_vec();
        fs::write(self.directory.join("server/manifest.json"), bytes).unwrap();
    }

    pub fn write_client(&self) {
        let weights: Vec<u8> = (0..WEIGHTS_LEN).map(|index| (index % 251) as u8).collect();
        let files = [("weights.bin", weights), ("graphs/head.onnx", b"graph".to_vec())];
        let listed: Vec<Value> = files
            .iter()
            .map(|(path, bytes)| {
                fs::write(self.directory.join("client").join(path), bytes).unwrap();
                json!({ "path": path, "bytes": bytes.len(), "sha256": hex(&Sha256::digest(bytes)) })
            })
            .collect();
        self.write_client_manifest(&listed);
    }

    pub fn write_client_manifest(&self, files: &[Value]) {
        let manifest = json!({ "format": "sotto-pack/1", "pack": hex(&self.id), "files": files });
        fs::write(self.directory.join("client/manifest.json"), manifest.to_string()).unwrap();
    }
}
