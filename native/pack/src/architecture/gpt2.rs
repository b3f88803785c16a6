//! GPT-2: learned positions, layer norm before each block, one joined query-key-value matrix, GELU.
//!
//! Names and shapes are those of Hugging Face's `GPT2LMHeadModel`, whose linear layers (`Conv1D`) are stored
//! `[inputs, outputs]`.

use serde::Deserialize;

use super::{Architecture, Remote};
use crate::assembler::Assembler;
use crate::checkpoint::{Channels, Checkpoint};
use crate::error::Error;
use crate::manifest::{Model, Padding, Program, Step};
use crate::onnx::blocks::{self, Affine, Heads, Linear, Norm, Quantised};
use crate::onnx::graph::{Dim, F32, Graph, I32, I64, Value};
use crate::quantise::Int8Matrix;

/// Names of `gelu_new` in configurations; the second is the same formula.
const ACTIVATIONS: [&str; 2] = ["gelu_new", "gelu_pytorch_tanh"];

/// Prefix that tensors have in files of the whole model, and lack in some files of its trunk.
const PREFIX: &str = "transformer.";

#[derive(Debug, Deserialize)]
struct Config {
    n_embd: usize,
    n_head: usize,
    n_layer: usize,
    n_positions: usize,
    vocab_size: usize,
    #[serde(default)]
    n_inner: Option<usize>,
    #[serde(default = "default_epsilon")]
    layer_norm_epsilon: f32,
    #[serde(default = "default_activation")]
    activation_function: String,
    #[serde(default = "yes")]
    scale_attn_weights: bool,
    #[serde(default)]
    scale_attn_by_inverse_layer_idx: bool,
    #[serde(default)]
    add_cross_attention: bool,
    #[serde(default = "yes")]
    tie_word_embeddings: bool,
}

fn default_epsilon() -> f32 {
    1e-5
}

fn default_activation() -> String {
    "gelu_new".to_owned()
}

fn yes() -> bool {
    true
}

struct Gpt2 {
    config: Config,
    /// [`PREFIX`] or nothing.
    prefix: &'static str,
}

/// Checks a checkpoint's configuration.
pub(super) fn open(checkpoint: &Checkpoint) -> Result<Box<dyn Architecture>, Error> {
    let config: Config = checkpoint.parse_config()?;
    let refuse = |problem: &str| Err(checkpoint.bad_config(problem));
    let sizes = [config.n_embd, config.n_head, config.n_layer, config.n_positions, config.vocab_size];
    if sizes.contains(&0) || config.n_inner == Some(0) {
        return refuse("a size is zero");
    }
    if sizes.iter().chain(&config.n_inner).any(|&size| size > 1 << 24) {
        return refuse("a size is over 16,777,216");
    }
    if !config.n_embd.is_multiple_of(config.n_head) {
        return refuse("n_embd is not a multiple of n_head");
    }
    if !ACTIVATIONS.contains(&config.activation_function.as_str()) {
        return refuse(&format!("activation_function is {}; GPT-2 has gelu_new", config.activation_function));
    }
    if !config.layer_norm_epsilon.is_finite() || config.layer_norm_epsilon <= 0.0 {
        return refuse("layer_norm_epsilon is not a positive number");
    }
    if !config.scale_attn_weights || config.scale_attn_by_inverse_layer_idx || config.add_cross_attention {
        return refuse(
            "scale_attn_weights = false, scale_attn_by_inverse_layer_idx and add_cross_attention are not supported",
        );
    }
    let prefix = if checkpoint.has(&format!("{PREFIX}wte.weight")) { PREFIX } else { "" };
    Ok(Box::new(Gpt2 { config, prefix }))
}

impl Architecture for Gpt2 {
    fn model(&self) -> Model {
        Model {
            architecture: "gpt2".to_owned(),
            layers: self.config.n_layer,
            hidden: self.config.n_embd,
            heads: self.config.n_head,
            kv_heads: self.config.n_head,
            head_size: self.heads().size,
            context: self.config.n_positions,
            vocabulary: self.config.vocab_size,
        }
    }

    fn padding(&self) -> Padding {
        Padding { rows: blocks::ROW_PADDING, cache: blocks::cache_padding(self.heads().size) }
    }

    fn parts(&self, remote: Remote) -> usize {
        // Embedding, attention, head and its matrix; in each layer four matrices and the graphs around the remote ones.
        let graphs = match remote {
            Remote::Attention => 3,
            Remote::All => 5,
        };
        4 + self.config.n_layer * (4 + graphs)
    }

    fn assemble(
        &self,
        checkpoint: &Checkpoint,
        remote: Remote,
        pack: &mut Assembler,
    ) -> Result<Program, Error> {
        let source = Source { model: self, checkpoint };
        let embed = source.embed(pack)?;
        let attend = source.attend(pack)?;
        let layers = (0..self.config.n_layer)
            .map(|layer| source.layer(layer, remote, &attend, pack))
            .collect::<Result<_, _>>()?;
        let head = source.head(pack)?;
        Ok(Program { embed, layers, head })
    }
}

impl Gpt2 {
    fn heads(&self) -> Heads {
        Heads { count: self.config.n_head, size: self.config.n_embd / self.config.n_head }
    }

    fn inner(&self) -> usize {
        self.config.n_inner.unwrap_or(4 * self.config.n_embd)
    }
}

/// A model and the checkpoint that its tensors are in.
struct Source<'a> {
    model: &'a Gpt2,
    checkpoint: &'a Checkpoint,
}

impl Source<'_> {
    fn row(&self) -> [Dim; 2] {
        [Dim::Rows, Dim::Size(self.model.config.n_embd)]
    }

    fn stored(&self, name: &str) -> String {
        format!("{}{name}", self.model.prefix)
    }

    /// `x = wte[ids] + wpe[positions]`
    fn embed(&self, pack: &mut Assembler) -> Result<String, Error> {
        let config = &self.model.config;
        let mut graph = pack.graph("embed");
        let ids = graph.input::<I64>("ids", &[Dim::Rows]);
        let positions = graph.input::<I64>("positions", &[Dim::Rows]);
        let tables = [("wte", config.vocab_size, &ids), ("wpe", config.n_positions, &positions)];
        let mut parts = Vec::new();
        for (name, rows, indices) in tables {
            let stored = self.stored(&format!("{name}.weight"));
            let tensor = self.checkpoint.matrix(&stored, [rows, config.n_embd], Channels::First)?;
            let table = pack.table(name, tensor)?;
            parts.push(blocks::look_up(&mut graph, &table, indices));
        }
        let x = blocks::add(&mut graph, &parts[0], &parts[1]);
        graph.output("x", x, &self.row());
        pack.add_graph(graph)
    }

    /// The attention of every layer: it has no weights.
    fn attend(&self, pack: &mut Assembler) -> Result<String, Error> {
        let mut graph = pack.graph("attend");
        let context = blocks::attention(&mut graph, self.model.heads());
        self.quantised_output(&mut graph, &context, "s", self.model.config.n_embd);
        pack.add_graph(graph)
    }

    /// `logits = W norm(x)`, W being the token embedding unless the checkpoint has a head of its own.
    fn head(&self, pack: &mut Assembler) -> Result<String, Error> {
        let config = &self.model.config;
        let name =
            if config.tie_word_embeddings { self.stored("wte.weight") } else { "lm_head.weight".to_owned() };
        let tensor = self.checkpoint.matrix(&name, [config.vocab_size, config.n_embd], Channels::First)?;
        let matrix = crate::quantise::quantise(&tensor, Channels::First);
        let head =
            Linear { weights: pack.weights("head", &matrix)?, affine: pack.affine("head", &matrix, None)? };
        let mut graph = pack.graph("head");
        let x = graph.input::<F32>("x", &self.row());
        let norm = self.norm("ln_f", pack)?;
        let normed = blocks::layer_norm(&mut graph, &x, &norm);
        let logits = blocks::linear(&mut graph, &normed, &head);
        graph.output("logits", logits, &[Dim::Rows, Dim::Size(config.vocab_size)]);
        pack.add_graph(graph)
    }

    fn layer(
        &self,
        layer: usize,
        remote: Remote,
        attend: &str,
        pack: &mut Assembler,
    ) -> Result<Vec<Step>, Error> {
        let hidden = self.model.config.n_embd;
        let name = |part: &str| format!("h.{layer}.{part}");
        let file = |part: &str| format!("layer.{layer}.{part}");
        let (qkv, qkv_affine) = self.remote(layer, &name("attn.c_attn"), [hidden, 3 * hidden], pack)?;
        let (out, out_affine) = self.remote(layer, &name("attn.c_proj"), [hidden, hidden], pack)?;
        let mut steps = vec![
            Step::Run(self.enter(&file("in"), &name("ln_1"), pack)?),
            Step::Multiply(qkv),
            Step::Run(self.split(&file("qkv"), &qkv_affine, pack)?),
            Step::Attend(attend.to_owned()),
            Step::Multiply(out),
        ];
        let (fc, proj) = (name("mlp.c_fc"), name("mlp.c_proj"));
        let norm = self.norm(&name("ln_2"), pack)?;
        let inner = self.model.inner();
        match remote {
            Remote::Attention => {
                let fc = self.local(&fc, [hidden, inner], pack)?;
                let proj = self.local(&proj, [inner, hidden], pack)?;
                let mut graph = pack.graph(&file("out"));
                let x = self.residual(&mut graph, hidden, &out_affine);
                let normed = blocks::layer_norm(&mut graph, &x, &norm);
                let wide = blocks::linear(&mut graph, &normed, &fc);
                let wide = blocks::gelu_tanh(&mut graph, &wide);
                let narrow = blocks::linear(&mut graph, &wide, &proj);
                let x = blocks::add(&mut graph, &x, &narrow);
                graph.output("x_next", x, &self.row());
                steps.push(Step::Run(pack.add_graph(graph)?));
            }
            Remote::All => {
                let (fc, fc_affine) = self.remote(layer, &fc, [hidden, inner], pack)?;
                let (proj, proj_affine) = self.remote(layer, &proj, [inner, hidden], pack)?;
                let mut graph = pack.graph(&file("out"));
                let x = self.residual(&mut graph, hidden, &out_affine);
                let normed = blocks::layer_norm(&mut graph, &x, &norm);
                graph.output("x_next", x, &self.row());
                self.quantised_output(&mut graph, &normed, "s_next", hidden);
                steps.push(Step::Run(pack.add_graph(graph)?));
                steps.push(Step::Multiply(fc));

                let mut graph = pack.graph(&file("act"));
                let wide = self.product(&mut graph, inner, &fc_affine);
                let wide = blocks::gelu_tanh(&mut graph, &wide);
                self.quantised_output(&mut graph, &wide, "s_next", inner);
                steps.push(Step::Run(pack.add_graph(graph)?));
                steps.push(Step::Multiply(proj));

                let mut graph = pack.graph(&file("end"));
                let x = self.residual(&mut graph, hidden, &proj_affine);
                graph.output("x_next", x, &self.row());
                steps.push(Step::Run(pack.add_graph(graph)?));
            }
        }
        Ok(steps)
    }

    /// From `x` to `q`, `s`: the norm before attention.
    fn enter(&self, file: &str, norm: &str, pack: &mut Assembler) -> Result<String, Error> {
        let mut graph = pack.graph(file);
        let x = graph.input::<F32>("x", &self.row());
        let norm = self.norm(norm, pack)?;
        let normed = blocks::layer_norm(&mut graph, &x, &norm);
        self.quantised_output(&mut graph, &normed, "s", self.model.config.n_embd);
        pack.add_graph(graph)
    }

    /// From `y`, `s` to `query`, `key`, `value`.
    fn split(&self, file: &str, affine: &Affine, pack: &mut Assembler) -> Result<String, Error> {
        let heads = self.model.heads();
        let mut graph = pack.graph(file);
        let joined = self.product(&mut graph, 3 * self.model.config.n_embd, affine);
        let parts = blocks::split_heads(&mut graph, &joined, heads);
        for (name, part) in ["query", "key", "value"].into_iter().zip(parts) {
            graph.output(name, part, &[Dim::Rows, Dim::Size(heads.count), Dim::Size(heads.size)]);
        }
        pack.add_graph(graph)
    }

    /// Reads `y` and `s`: a remote product, dequantised.
    fn product(&self, graph: &mut Graph, outputs: usize, affine: &Affine) -> Value<F32> {
        let y = graph.input::<I32>("y", &[Dim::Rows, Dim::Size(outputs)]);
        let s = graph.input::<F32>("s", &[Dim::Rows, Dim::Size(1)]);
        blocks::dequantise(graph, &y, &s, affine)
    }

    /// Reads `y`, `s` and `x`: a remote product, dequantised and added to `x`.
    fn residual(&self, graph: &mut Graph, outputs: usize, affine: &Affine) -> Value<F32> {
        let product = self.product(graph, outputs, affine);
        let x = graph.input::<F32>("x", &self.row());
        blocks::add(graph, &x, &product)
    }

    /// Quantises `x` to the outputs `q` and `scale`.
    fn quantised_output(&self, graph: &mut Graph, x: &Value<F32>, scale: &str, size: usize) {
        let Quantised { q, s } = blocks::quantise_rows(graph, x);
        graph.output("q", q, &[Dim::Rows, Dim::Size(size)]);
        graph.output(scale, s, &[Dim::Rows, Dim::Size(1)]);
    }

    fn norm(&self, name: &str, pack: &mut Assembler) -> Result<Norm, Error> {
        let shape = [self.model.config.n_embd];
        let mut part = |part: &str| {
            let values = self.checkpoint.floats(&self.stored(&format!("{name}.{part}")), &shape)?;
            pack.floats(&format!("{name}.{part}"), &values)
        };
        Ok(Norm {
            gain: part("weight")?,
            shift: part("bias")?,
            epsilon: self.model.config.layer_norm_epsilon,
        })
    }

    /// Weights and bias of a linear layer that is stored `[inputs, outputs]`.
    fn conv1d(&self, name: &str, shape: [usize; 2]) -> Result<(Int8Matrix, Vec<f32>), Error> {
        let tensor =
            self.checkpoint.matrix(&self.stored(&format!("{name}.weight")), shape, Channels::Last)?;
        let bias = self.checkpoint.floats(&self.stored(&format!("{name}.bias")), &shape[1..])?;
        Ok((crate::quantise::quantise(&tensor, Channels::Last), bias))
    }

    fn remote(
        &self,
        layer: usize,
        name: &str,
        shape: [usize; 2],
        pack: &mut Assembler,
    ) -> Result<(usize, Affine), Error> {
        let (matrix, bias) = self.conv1d(name, shape)?;
        Ok((pack.remote(layer, name, &matrix)?, pack.affine(name, &matrix, Some(&bias))?))
    }

    fn local(&self, name: &str, shape: [usize; 2], pack: &mut Assembler) -> Result<Linear, Error> {
        let (matrix, bias) = self.conv1d(name, shape)?;
        Ok(Linear { weights: pack.weights(name, &matrix)?, affine: pack.affine(name, &matrix, Some(&bias))? })
    }
}
