//! The lattice engine's benchmark: times, bytes and bounds of encrypted products in the shapes of two language models,
//! as one JSON object. `npm run bench -- lattice` builds and runs it and adds what needs the whole program.
//!
//! `cargo run -p lattice --release --example bench -- [--threads N] [--runs N] [--quick] [--model FILE]
//! [--matrix-out DIR]`
//!
//! `--quick` leaves Llama out; `--model` names GPT-2's checkpoint, whose attention's failure bound is printed;
//! `--matrix-out` writes the first qkv matrix and a row for other libraries: `weights.i8` (`[2304][768]`), `row.i8`.
//!
//! Times are in milliseconds and of the server alone, with all matrices held at once and used in turn, so that weights
//! come from memory. Every output of every product is compared with the integer product. What a row's `floor` is says
//! the module `floor`.

mod ahead;
mod data;
mod floor;
#[path = "../gpt2/checkpoint.rs"]
mod gpt2;
mod model;
mod stages;
mod sweep;
mod token;

use crate::ahead::Ahead;
use crate::data::{WEIGHT_SIGMA, Weights, activations, random};
use crate::floor::{Speeds, Work};
use crate::model::{GPT2, Held, LLAMA1B, Model, hold_layer};
use crate::token::{Party, Run, attention_sum, info, median, work};
use lattice::{RequestKind, Rlwe, Scheme, Shape, Verifier};
use rayon::{ThreadPool, ThreadPoolBuilder};
use safetensors::SafeTensors;
use serde_json::{Map, Value, json};
use std::error::Error;
use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Options of the command line.
struct Options {
    threads: usize,
    runs: usize,
    quick: bool,
    model: Option<PathBuf>,
    matrix_out: Option<PathBuf>,
}

/// What is measured with, and what was measured.
struct Bench {
    options: Options,
    weights: Weights,
    party: Party,
    /// Of the server, and of the client: one thread.
    pool: ThreadPool,
    single: ThreadPool,
    speeds: Speeds,
    single_speeds: Speeds,
    rows: Vec<Value>,
    details: Map<String, Value>,
}

fn main() -> Outcome<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
    let (single, pool) = (pool(1)?, pool(options.threads)?);
    progress("Measuring memory and arithmetic");
    let single_speeds = Speeds::measure(&single)?;
    let speeds = if options.threads == 1 { single_speeds } else { Speeds::measure(&pool)? };
    let mut bench = Bench {
        options,
        weights: Weights::new(),
        party: Party::new(random(1))?,
        pool,
        single,
        speeds,
        single_speeds,
        rows: Vec::new(),
        details: Map::new(),
    };
    bench.gpt2()?;
    bench.sweeps()?;
    if !bench.options.quick {
        bench.llama()?;
    }
    bench.failure()?;
    bench.finish();
    println!("{}", serde_json::to_string(&json!({ "rows": bench.rows, "details": bench.details }))?);
    Ok(())
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self { threads: 2, runs: 7, quick: false, model: None, matrix_out: None };
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{name} lacks its value"));
            match name.as_str() {
                "--threads" => options.threads = value()?.parse()?,
                "--runs" => options.runs = value()?.parse()?,
                "--quick" => options.quick = true,
                "--model" => options.model = Some(value()?.into()),
                "--matrix-out" => options.matrix_out = Some(value()?.into()),
                _ => return Err(format!("{name} is not an option").into()),
            }
        }
        if options.threads == 0 || options.runs == 0 {
            return Err("--threads and --runs must be at least 1".into());
        }
        Ok(options)
    }
}

impl Bench {
    /// Adds a row with the value of every run, and the floor in the row's unit.
    fn row(&mut self, name: &str, unit: &str, samples: Vec<f64>, floor: Option<f64>) {
        self.rows.push(json!({ "name": name, "unit": unit, "samples": samples, "floor": floor }));
    }

    fn detail(&mut self, name: &str, value: Value) {
        self.details.insert(name.to_owned(), value);
    }

    /// All that concerns GPT-2's shapes.
    fn gpt2(&mut self) -> Outcome<()> {
        let held = self.hold(&GPT2, GPT2.layers)?;
        self.write_matrix(&held)?;
        let verifiers = self.party.verifiers(&held)?;
        let (threads, runs) = (self.options.threads, self.options.runs);
        let total: usize = held.iter().map(|one| one.weights.len()).sum();
        let memory: usize = held.iter().map(|one| one.memory).sum();
        self.row("bytes-per-weight", "bytes", vec![memory as f64 / total as f64], None);
        self.stored(&held)?;
        self.without_tables(&held)?;
        self.hold_for_many_rows(&held)?;

        let mut times: Vec<Vec<Value>> = vec![Vec::new(); GPT2.matrices.len()];
        let mut points = Vec::new();
        let mut cases = vec![(1, threads), (4, threads), (16, threads), (64, threads)];
        if threads > 1 {
            cases.extend([(1, 1), (16, 1)]);
        }
        for (rows, threads) in cases {
            let first = rows == 1 && threads == self.options.threads;
            let (pool, speeds) =
                if threads == 1 { (&self.single, self.single_speeds) } else { (&self.pool, self.speeds) };
            let verifiers = if first { verifiers.as_slice() } else { &[] };
            // The client's single thread is what its rows are about; otherwise it is not timed.
            let client = if first { &self.single } else { &self.pool };
            let measured = measured(runs, &format!("GPT-2, rows {rows}, threads {threads}"), || {
                self.party.run(&held, verifiers, rows, pool, client)
            })?;
            let per_row = |run: &Run| run.server.iter().sum::<f64>() / rows as f64;
            let attention = |run: &Run| attention_sum(&held, &run.server) / rows as f64;
            let floor_of = |work: Option<Work>| work.map(|work| 1e3 * speeds.floor(work) / rows as f64);
            let all_work = work(&held, rows);
            let floors = (
                floor_of(all_work),
                floor_of(work(held.iter().filter(|one| one.part < model::ATTENTION), rows)),
            );
            let all: Vec<f64> = measured.iter().map(per_row).collect();
            points.push(json!({
                "rows": rows, "threads": threads, "median": median(all.iter().copied()),
                "min": all.iter().copied().fold(f64::INFINITY, f64::min),
                "max": all.iter().copied().fold(0.0, f64::max), "runs": runs, "floor": floors.0,
                "multiplications_per_byte":
                    all_work.map(|work| work.multiplications() / work.bytes as f64),
                "multiplications_per_second":
                    all_work.map(|work| {
                        work.multiplications() / rows as f64 / median(all.iter().copied()) * 1e3
                    }),
            }));
            for (part, times) in times.iter_mut().enumerate() {
                let own = |run: &Run| -> Vec<f64> {
                    held.iter()
                        .zip(&run.server)
                        .filter(|(h, _)| h.part == part)
                        .map(|(_, ms)| ms / rows as f64)
                        .collect()
                };
                let own: Vec<f64> = measured.iter().flat_map(own).collect();
                times.push(json!({
                    "rows": rows, "threads": threads, "median": median(own.iter().copied()),
                    "min": own.iter().copied().fold(f64::INFINITY, f64::min),
                    "max": own.iter().copied().fold(0.0, f64::max), "runs": own.len(),
                    "floor": floor_of(work(held.iter().filter(|one| one.part == part).take(1), rows)),
                }));
            }
            let suffix = if rows == 1 { "1row".to_owned() } else { format!("{rows}rows") };
            let suffix = if threads == self.options.threads { suffix } else { format!("{suffix}-1thread") };
            let attention: Vec<f64> = measured.iter().map(attention).collect();
            self.row(&format!("gpt2-all-{suffix}"), "ms per row", all, floors.0);
            self.row(&format!("gpt2-attention-{suffix}"), "ms per row", attention, floors.1);
            if first {
                self.client_rows(&held, &measured);
            }
        }
        self.detail("gpt2_rows", points.into());
        self.ahead(&held, &verifiers)?;
        let mut matrices: Vec<Value> = GPT2
            .matrices
            .iter()
            .zip(times)
            .enumerate()
            .map(|(part, ((name, shape), times))| {
                let own: Vec<&Held> = held.iter().filter(|one| one.part == part).collect();
                matrix(name, *shape, &own, times)
            })
            .collect();
        progress("Steps of a product");
        let mut random = random(3);
        for (matrix, held) in matrices.iter_mut().zip(&held) {
            matrix["stages"] = stages::measure(&mut self.party, held, runs, &self.single, &mut random)?;
        }
        self.detail("gpt2_matrices", matrices.into());
        self.detail("gpt2", model_facts(&GPT2, GPT2.layers, total, memory));
        Ok(())
    }

    /// Rows about prepared rows of GPT-2.
    fn ahead(&mut self, held: &[Held], verifiers: &[Verifier]) -> Outcome<()> {
        let runs = self.options.runs;
        for rows in [1, 16] {
            let measured = measured(runs, &format!("GPT-2, prepared rows {rows}"), || {
                self.party.run_ahead(held, verifiers, rows, &self.pool, &self.single)
            })?;
            let sum = |of: fn(&Ahead) -> &[f64]| -> Vec<f64> {
                measured.iter().map(|run| of(run).iter().sum::<f64>() / rows as f64).collect()
            };
            let suffix = if rows == 1 { "1row".to_owned() } else { format!("{rows}rows") };
            let floor = ahead::floor(held, rows, &self.speeds);
            let online = sum(|run| &run.online.server);
            let attention: Vec<f64> =
                measured.iter().map(|run| attention_sum(held, &run.online.server) / rows as f64).collect();
            let client = |run: &Ahead| {
                let parts = [&run.online.encrypt, &run.online.decrypt, &run.online.verify];
                parts.into_iter().flatten().sum::<f64>() / rows as f64
            };
            let client = measured.iter().map(client).collect();
            let (prepare, read) = (sum(|run| &run.prepare), sum(|run| &run.read));
            self.row(&format!("gpt2-online-{suffix}"), "ms per row", online, Some(floor));
            self.row(&format!("gpt2-attention-online-{suffix}"), "ms per row", attention, None);
            self.row(&format!("gpt2-prepare-{suffix}"), "ms per row", prepare, None);
            self.row(&format!("client-online-{suffix}"), "ms per row", client, None);
            self.row(&format!("client-prepare-{suffix}"), "ms per row", read, None);
            let megabytes = |bytes: &[usize]| bytes.iter().sum::<usize>() as f64 / rows as f64 / 1e6;
            if let Some(run) = measured.first() {
                let bytes = [megabytes(&run.online.bytes), megabytes(&run.prepare_bytes)];
                self.row(&format!("bytes-online-{suffix}"), "MB per row", vec![bytes[0]], None);
                self.row(&format!("bytes-prepare-{suffix}"), "MB per row", vec![bytes[1]], None);
            }
        }
        Ok(())
    }

    /// Seconds in which a server has all matrices for the first time and from files, and products with tables in files.
    fn stored(&mut self, held: &[Held]) -> Outcome<()> {
        progress("Storing GPT-2");
        let folder = tempfile::tempdir()?;
        let path = |i: usize| folder.path().join(i.to_string());
        for (i, one) in held.iter().enumerate() {
            Rlwe::store_matrix(&one.matrix, &mut File::create(path(i))?)?;
        }
        let first = held.iter().map(|one| one.encode_ms).sum::<f64>() / 1e3;
        let (mut again, mut ratios) = (Vec::new(), Vec::new());
        for i in 1..=self.options.runs {
            progress(&format!("GPT-2 from files, run {i} of {}", self.options.runs));
            let open = |(i, one)| self.pool.install(|| Held::open(one, &path(i)));
            let opened = held.iter().enumerate().map(open).collect::<Result<Vec<Held>, _>>()?;
            again.push(opened.iter().map(|one| one.encode_ms).sum::<f64>() / 1e3);
            let mut product = |held: &[Held]| -> Outcome<f64> {
                Ok(self.party.run(held, &[], 1, &self.pool, &self.pool)?.server.iter().sum())
            };
            ratios.push(product(&opened)? / product(held)?);
        }
        self.row("gpt2-open-first", "s", vec![first], None);
        self.row("gpt2-open-again", "s", again, None);
        self.row("gpt2-stored-1row", "of the time from memory", ratios, None);
        Ok(())
    }

    /// Requests of many rows for the first qkv where their tables do not fit the server's memory.
    fn without_tables(&mut self, held: &[Held]) -> Outcome<()> {
        let first = &held[..1];
        for rows in [16, 64] {
            let measured = measured(self.options.runs, &format!("qkv without tables, rows {rows}"), || {
                self.party.run(first, &[], rows, &self.pool, &self.pool)
            })?;
            let samples = measured.iter().map(|run| run.server.iter().sum::<f64>() / rows as f64).collect();
            self.row(&format!("qkv-{rows}rows-no-tables"), "ms per row", samples, None);
        }
        Ok(())
    }

    /// Tables for requests of many rows, without which these would not be what a server with memory does.
    fn hold_for_many_rows(&mut self, held: &[Held]) -> Outcome<()> {
        progress("Encoding GPT-2 for many rows");
        let wanted: usize = held.iter().map(|one| Rlwe::many_rows_bytes(info(one))).sum();
        if free_memory().is_some_and(|free| wanted > free / 10 * 9) {
            return Err(format!("{wanted} bytes of free memory are needed").into());
        }
        let start = Instant::now();
        let hold = |one: &Held| Rlwe::hold_for_many_rows(&one.matrix, wanted);
        let taken: usize = self.pool.install(|| held.iter().map(hold).sum());
        self.detail("many_rows_encode_ms", (start.elapsed().as_secs_f64() * 1e3).into());
        let weights: usize = held.iter().map(|one| one.weights.len()).sum();
        self.row("many-rows-bytes-per-weight", "bytes", vec![taken as f64 / weights as f64], None);
        Ok(())
    }

    /// Rows about the client and the wire, from runs of one row.
    fn client_rows(&mut self, held: &[Held], measured: &[Run]) {
        let sum = |of: fn(&Run) -> &[f64]| -> Vec<f64> {
            measured.iter().map(|run| of(run).iter().sum()).collect()
        };
        let parts = [
            ("client-encrypt", sum(|run| &run.encrypt)),
            ("client-verify", sum(|run| &run.verify)),
            ("client-decrypt", sum(|run| &run.decrypt)),
        ];
        let total = (0..measured.len()).map(|i| parts.iter().map(|(_, ms)| ms[i]).sum()).collect();
        self.row("client-token", "ms", total, None);
        for (name, samples) in parts {
            self.row(name, "ms", samples, None);
        }
        let qkv: Vec<f64> = measured
            .iter()
            .flat_map(|run| held.iter().zip(&run.server).filter(|(one, _)| one.part == 0).map(|(_, &ms)| ms))
            .collect();
        self.row("qkv-1row", "ms", qkv, None);
        if let Some(run) = measured.first() {
            let bytes: Vec<f64> = run.bytes.iter().map(|&bytes| bytes as f64 / 1e6).collect();
            self.row("bytes-all", "MB per token", vec![bytes.iter().sum()], None);
            self.row("bytes-attention", "MB per token", vec![attention_sum(held, &bytes)], None);
            self.row("bytes-qkv", "bytes", vec![run.bytes.first().copied().unwrap_or(0) as f64], None);
        }
        self.row("key-bytes", "bytes", vec![self.party.key_bytes as f64], None);
    }

    /// Times over inputs and over outputs.
    fn sweeps(&mut self) -> Outcome<()> {
        let (inputs, outputs) = (sweep::INPUTS[2], sweep::OUTPUTS[2]);
        let by_inputs: Vec<Shape> = sweep::INPUTS.map(|inputs| Shape { inputs, outputs }).into();
        let by_outputs: Vec<Shape> = sweep::OUTPUTS.map(|outputs| Shape { inputs, outputs }).into();
        for (name, shapes) in [("sweep_inputs", by_inputs), ("sweep_outputs", by_outputs)] {
            let mut points = Vec::with_capacity(shapes.len());
            for shape in shapes {
                progress(&format!("{} inputs, {} outputs", shape.inputs, shape.outputs));
                let pools = (&self.pool, &self.single);
                points.push(sweep::measure(
                    &mut self.party,
                    &self.weights,
                    shape,
                    self.options.runs,
                    pools,
                    &self.speeds,
                )?);
            }
            self.detail(name, points.into());
        }
        Ok(())
    }

    /// Llama's shapes: as many distinct layers as half of the free memory holds, the rest multiplied out.
    fn llama(&mut self) -> Outcome<()> {
        let mut held = self.hold(&LLAMA1B, 1)?;
        let layer: usize = held.iter().map(|one| one.memory + one.weights.len()).sum();
        let fit = free_memory().map_or(2, |free| 1 + free / 2 / layer);
        let layers = fit.clamp(2, LLAMA1B.layers);
        for i in 1..layers {
            progress(&format!("Encoding Llama, layer {} of {layers} held", i + 1));
            held.extend(self.pool.install(|| hold_layer(&LLAMA1B, &self.weights, i))?);
        }
        let factor = LLAMA1B.layers as f64 / layers as f64;
        let measured =
            measured(self.options.runs, "Llama", || self.party.run(&held, &[], 1, &self.pool, &self.pool))?;
        let floor = |work: Option<Work>| work.map(|work| 1e3 * self.speeds.floor(work.times(factor)));
        let floors =
            (floor(work(&held, 1)), floor(work(held.iter().filter(|one| one.part < model::ATTENTION), 1)));
        let all = measured.iter().map(|run| factor * run.server.iter().sum::<f64>()).collect();
        let attention = measured.iter().map(|run| factor * attention_sum(&held, &run.server)).collect();
        self.row("llama1b-all-1row", "ms per row", all, floors.0);
        self.row("llama1b-attention-1row", "ms per row", attention, floors.1);
        self.llama_ahead(&held, factor)?;
        let sum = |of: fn(&Held) -> usize| held.iter().map(of).sum::<usize>();
        let facts = model_facts(&LLAMA1B, layers, sum(|one| one.weights.len()), sum(|one| one.memory));
        self.detail("llama1b", facts);
        let matrices: Vec<Value> = LLAMA1B
            .matrices
            .iter()
            .enumerate()
            .map(|(part, (name, shape))| {
                let own = held.iter().enumerate().filter(|(_, one)| one.part == part);
                let (indices, own): (Vec<usize>, Vec<&Held>) = own.unzip();
                let times: Vec<f64> =
                    measured.iter().flat_map(|run| indices.iter().map(|&i| run.server[i])).collect();
                let floor = work(own.iter().copied().take(1), 1).map(|work| 1e3 * self.speeds.floor(work));
                matrix(
                    name,
                    *shape,
                    &own,
                    vec![json!({
                        "rows": 1, "threads": self.speeds.threads, "median": median(times.iter().copied()),
                        "min": times.iter().copied().fold(f64::INFINITY, f64::min),
                        "max": times.iter().copied().fold(0.0, f64::max), "runs": times.len(), "floor": floor,
                    })],
                )
            })
            .collect();
        self.detail("llama1b_matrices", matrices.into());
        Ok(())
    }

    /// Prepared rows of Llama, of whose layers `held` are one in `factor`.
    fn llama_ahead(&mut self, held: &[Held], factor: f64) -> Outcome<()> {
        let measured = measured(self.options.runs, "Llama, a prepared row", || {
            self.party.run_ahead(held, &[], 1, &self.pool, &self.pool)
        })?;
        let sums = |of: fn(&Ahead) -> &[f64]| {
            measured.iter().map(|run| factor * of(run).iter().sum::<f64>()).collect::<Vec<f64>>()
        };
        let (online, prepare) = (sums(|run| &run.online.server), sums(|run| &run.prepare));
        let floor = factor * ahead::floor(held, 1, &self.speeds);
        self.row("llama1b-online-1row", "ms per row", online, Some(floor));
        self.row("llama1b-prepare-1row", "ms per row", prepare, None);
        Ok(())
    }

    /// The worst failure bound: of the real attention where its weights are given, else of the drawn weights.
    fn failure(&mut self) -> Outcome<()> {
        let Some(path) = &self.options.model else {
            let worst = |matrices: &Value| {
                let bounds = matrices.as_array().into_iter().flatten();
                bounds.filter_map(|one| one["failure_log2"].as_f64()).fold(f64::NEG_INFINITY, f64::max)
            };
            let worst = self.details.get("gpt2_matrices").map_or(f64::NAN, worst);
            self.row("failure-log2", "log2", vec![worst], None);
            self.detail("failure_of", "drawn weights in GPT-2's shapes".into());
            return Ok(());
        };
        progress("Assessing GPT-2's attention");
        let bytes = std::fs::read(path)?;
        let model = SafeTensors::deserialize(&bytes)?;
        let mut worst = (f64::NEG_INFINITY, String::new());
        for matrix in gpt2::attention(&model) {
            let (name, shape, weights) = matrix?;
            let bound = Rlwe::assess(&name, shape, &weights)?.failure_log2;
            if bound > worst.0 {
                worst = (bound, name);
            }
        }
        self.row("failure-log2", "log2", vec![worst.0], None);
        self.detail("failure_of", format!("GPT-2's attention weights, worst {}", worst.1).into());
        Ok(())
    }

    fn finish(&mut self) {
        let (compared, wrong) = (self.party.compared, self.party.wrong);
        self.row("wrong-outputs", &format!("of {compared}"), vec![wrong as f64], None);
        self.detail("outputs_compared", compared.into());
        let scheme = Rlwe::info();
        self.detail(
            "scheme",
            json!({
                "name": scheme.name, "n": scheme.n, "log2_q": scheme.log2_q, "log2_qp": scheme.log2_qp,
                "error_sigma": scheme.error_sigma,
            }),
        );
        let speeds = |speeds: &Speeds| {
            json!({
                "threads": speeds.threads, "bandwidth_gb_per_second": speeds.bandwidth / 1e9,
                "transform_us": speeds.transform * 1e6,
                "multiply_adds_per_ns_and_thread": 1e-9 / speeds.multiply_add,
                "multiplications_per_second": speeds.multiplications(),
            })
        };
        let mut measured = vec![speeds(&self.single_speeds)];
        if self.options.threads > 1 {
            measured.push(speeds(&self.speeds));
        }
        self.detail("speeds", measured.into());
        self.detail("threads", self.options.threads.into());
        self.detail("runs", self.options.runs.into());
        self.detail("quick", self.options.quick.into());
        self.detail("weights", format!("rounded normal, standard deviation {WEIGHT_SIGMA}, clipped").into());
        self.detail("evaluation_keys_memory", Rlwe::evaluation_keys_memory(&self.party.keys).into());
    }

    fn hold(&self, model: &Model, layers: usize) -> Outcome<Vec<Held>> {
        let mut held = Vec::new();
        for layer in 0..layers {
            progress(&format!("Encoding {}, layer {}", model.name, layer + 1));
            held.extend(self.pool.install(|| hold_layer(model, &self.weights, layer))?);
        }
        Ok(held)
    }

    /// Writes the first matrix and a row, where another library is to multiply the same.
    fn write_matrix(&self, held: &[Held]) -> Outcome<()> {
        let (Some(folder), Some(first)) = (&self.options.matrix_out, held.first()) else { return Ok(()) };
        let bytes = |values: &[i8]| values.iter().map(|&x| x as u8).collect::<Vec<_>>();
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("weights.i8"), bytes(&first.weights))?;
        std::fs::write(folder.join("row.i8"), bytes(&activations(&mut random(2), first.shape.inputs)))?;
        Ok(())
    }
}

/// What is the same of all layers' matrices in one place, and the worst where it is not.
fn matrix(name: &str, shape: Shape, own: &[&Held], times: Vec<Value>) -> Value {
    let worst = own.iter().map(|one| info(one)).max_by(|a, b| a.failure_log2.total_cmp(&b.failure_log2));
    let first = own.first().map(|one| (info(one), one.memory));
    let work = work(own.iter().copied().take(1), 1);
    json!({
        "name": name, "inputs": shape.inputs, "outputs": shape.outputs,
        "t": worst.map(|info| info.t), "noise_log2": worst.map(|info| info.noise_log2),
        "failure_log2": worst.map(|info| info.failure_log2),
        "memory_bytes": first.map(|(_, memory)| memory),
        "request_bytes": first.map(|(info, _)| Rlwe::request_len(info, RequestKind::Whole, 1)),
        "response_bytes": first.map(|(info, _)| Rlwe::response_len(info, RequestKind::Whole, 1)),
        "encode_ms": median(own.iter().map(|one| one.encode_ms)),
        "transforms": work.map(|work| work.transforms), "multiply_adds": work.map(|work| work.multiply_adds),
        "times": times,
    })
}

fn model_facts(model: &Model, held: usize, weights: usize, memory: usize) -> Value {
    json!({
        "layers": model.layers, "layers_held": held, "weights_held": weights, "memory_bytes_held": memory,
        "multiplied_by": model.layers as f64 / held as f64,
    })
}

/// Bytes of memory that Linux says can be used without swapping.
fn free_memory() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()? * 1024)
}

/// What `run` gives `runs` times, after once that warms up.
fn measured<T>(runs: usize, what: &str, mut run: impl FnMut() -> Outcome<T>) -> Outcome<Vec<T>> {
    let mut measured = Vec::with_capacity(runs);
    for i in 0..=runs {
        progress(&format!("{what}, run {i} of {runs}"));
        let one = run()?;
        if i > 0 {
            measured.push(one);
        }
    }
    Ok(measured)
}

fn progress(text: &str) {
    eprintln!("{text}");
}
