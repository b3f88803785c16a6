//! Blocks of graphs that architectures share.
//!
//! Every block gives a row the same bits whatever other rows are in the batch, wherever in the batch it is, and
//! however long the cache is, provided that the caller pads as [`ROW_PADDING`] and [`cache_padding`] say. What
//! that rests on in ONNX Runtime's CPU kernels:
//!
//! - Integer products are exact, so their order does not matter. Both operands of `MatMulInteger` are unsigned
//!   with zero point 128: with signed weights the kernel for AVX2 without VNNI saturates in 16 bits. The price is
//!   time where there is VNNI: signed weights are faster there, the more rows the more.
//! - `LayerNormalization`, `Softmax` and `ReduceMax` see one row at a time.
//! - `Tanh` (inside `Gelu`) and `Exp` (inside `Softmax`) compute an element alike in a vector and in its tail.
//! - Floating point `MatMul` has a kernel of its own for one row, with other roundings: hence [`ROW_PADDING`].
//!   With two rows and more, each output is one chain of fused multiply-adds along the inner dimension, cut into
//!   stretches whose length does not depend on the number of rows: hence [`cache_padding`].
//!   A product is cut for threads too where there are more of them than heads: sessions use one.
//! - A masked slot's probability is exactly zero, and zero times a finite value adds nothing.
//!
//! `test/numerics` checks this on packs, and on kernels for processors other than the one at hand.

use super::graph::{Attribute, Dim, Element, External, F16, F32, Graph, I8, I32, I64, U8, Value};

/// Rows of a step are padded to at least this number.
pub const ROW_PADDING: usize = 2;

/// Zero point of quantised rows and matrices, in which a byte `b` means `b - 128`.
pub const ZERO_POINT: u8 = 128;

/// Largest absolute value of a quantised number. -128 is not used, so that negation is exact.
pub const LARGEST: f32 = 127.0;

/// Rows whose largest absolute value is below this are quantised as if it were this, to avoid a division by zero.
pub const LEAST_MAXIMUM: f32 = 1e-12;

/// The number of slots of which a cache of keys and values is padded to a multiple (with masked slots that hold
/// zeros), so that the products over it are cut at the same places for every length.
///
/// MLAS cuts the inner dimension into stretches of 128, or longer ones where the outer dimensions are short
/// (`MlasSgemmOperation` in onnxruntime/core/mlas/lib/sgemm.cpp). With the slots as outer dimension and a head of
/// up to 128, 64 slots suffice for one stretch; a longer head is cut at 128 as soon as there are 128 slots.
pub fn cache_padding(head_size: usize) -> usize {
    if head_size <= 128 { 64 } else { 128 }
}

/// A quantised row: `x = (q - 128) * s`.
#[derive(Debug)]
pub struct Quantised {
    /// `[rows, n]`
    pub q: Value<U8>,
    /// `[rows, 1]`
    pub s: Value<F32>,
}

/// Per output scale and bias of a linear layer.
#[derive(Clone, Debug)]
pub struct Affine {
    /// `[outputs]`
    pub scales: External<F32>,
    /// `[outputs]`
    pub bias: Option<External<F32>>,
}

/// A linear layer whose matrix is applied in the graph.
#[derive(Clone, Debug)]
pub struct Linear {
    /// `[inputs, outputs]`, zero point 128.
    pub weights: External<U8>,
    /// Scale and bias.
    pub affine: Affine,
}

/// Gain and shift of a layer norm.
#[derive(Clone, Debug)]
pub struct Norm {
    /// `[n]`
    pub gain: External<F32>,
    /// `[n]`
    pub shift: External<F32>,
    /// Added to the variance.
    pub epsilon: f32,
}

/// Quantises each row of `x` `[rows, n]` by its own largest absolute value:
/// `s = max(max |x|, 1e-12) / 127`, `q = clip(round_half_even(x / s), -127, 127) + 128`.
pub fn quantise_rows(graph: &mut Graph, x: &Value<F32>) -> Quantised {
    let last = graph.integers(&[-1]);
    let least = graph.float(LEAST_MAXIMUM);
    let largest = graph.float(LARGEST);
    let smallest = graph.float(-LARGEST);
    let zero_point = graph.float(f32::from(ZERO_POINT));
    let absolute = graph.node::<F32>("Abs", &[x.name()], &[]);
    let maximum =
        graph.node::<F32>("ReduceMax", &[absolute.name(), last.name()], &[Attribute::Int("keepdims", 1)]);
    let maximum = graph.node::<F32>("Max", &[maximum.name(), least.name()], &[]);
    let s = graph.node::<F32>("Div", &[maximum.name(), largest.name()], &[]);
    let scaled = graph.node::<F32>("Div", &[x.name(), s.name()], &[]);
    let rounded = graph.node::<F32>("Round", &[scaled.name()], &[]);
    let clipped = graph.node::<F32>("Clip", &[rounded.name(), smallest.name(), largest.name()], &[]);
    let shifted = graph.node::<F32>("Add", &[clipped.name(), zero_point.name()], &[]);
    Quantised { q: graph.cast(&shifted), s }
}

/// `y` `[rows, outputs]` of rows with scales `s` `[rows, 1]`, in floating point: `(y * s) * scale + bias`.
///
/// In this order, because ONNX Runtime replaces `y * (s * scale) + bias` by `MatMulIntegerToFloat`, which adds the bias
/// before it applies a scale of rows: `(y * scale + bias) * s` (the fusion was once limited to one scale for all rows,
/// <https://github.com/microsoft/onnxruntime/pull/6008>, and that was reverted in pull request 6169).
pub fn dequantise(graph: &mut Graph, y: &Value<I32>, s: &Value<F32>, affine: &Affine) -> Value<F32> {
    let scales = graph.external(&affine.scales);
    let float: Value<F32> = graph.cast(y);
    let by_row = graph.node::<F32>("Mul", &[float.name(), s.name()], &[]);
    let product = graph.node::<F32>("Mul", &[by_row.name(), scales.name()], &[]);
    match &affine.bias {
        None => product,
        Some(bias) => {
            let bias = graph.external(bias);
            graph.node("Add", &[product.name(), bias.name()], &[])
        }
    }
}

/// The exact product of quantised rows `[rows, inputs]` with a matrix: `[rows, outputs]`.
pub fn multiply(graph: &mut Graph, q: &Value<U8>, weights: &External<U8>) -> Value<I32> {
    let weights = graph.external(weights);
    let zero_point = graph.byte(ZERO_POINT);
    let inputs = [q.name(), weights.name(), zero_point.name(), zero_point.name()];
    graph.node("MatMulInteger", &inputs, &[])
}

/// A linear layer in the graph: quantised per row, multiplied exactly, dequantised.
pub fn linear(graph: &mut Graph, x: &Value<F32>, layer: &Linear) -> Value<F32> {
    let Quantised { q, s } = quantise_rows(graph, x);
    let y = multiply(graph, &q, &layer.weights);
    dequantise(graph, &y, &s, &layer.affine)
}

/// Layer norm over the last dimension.
pub fn layer_norm(graph: &mut Graph, x: &Value<F32>, norm: &Norm) -> Value<F32> {
    let gain = graph.external(&norm.gain);
    let shift = graph.external(&norm.shift);
    let attributes = [Attribute::Int("axis", -1), Attribute::Float("epsilon", norm.epsilon)];
    graph.node("LayerNormalization", &[x.name(), gain.name(), shift.name()], &attributes)
}

/// `x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))`, which Hugging Face calls `gelu_new`.
pub fn gelu_tanh(graph: &mut Graph, x: &Value<F32>) -> Value<F32> {
    graph.node("Gelu", &[x.name()], &[Attribute::Text("approximate", "tanh")])
}

/// Sum of two values of one shape.
pub fn add(graph: &mut Graph, a: &Value<F32>, b: &Value<F32>) -> Value<F32> {
    graph.node("Add", &[a.name(), b.name()], &[])
}

/// Heads of an attention block whose queries, keys and values have as many heads.
#[derive(Clone, Copy, Debug)]
pub struct Heads {
    /// Number of heads.
    pub count: usize,
    /// Size of a head.
    pub size: usize,
}

/// Splits `[rows, 3 * heads * size]` into query, key and value, each `[rows, heads, size]`.
pub fn split_heads(graph: &mut Graph, joined: &Value<F32>, heads: Heads) -> [Value<F32>; 3] {
    let shape = graph.integers(&[-1, 3 * heads.count as i64, heads.size as i64]);
    let joined = graph.node::<F32>("Reshape", &[joined.name(), shape.name()], &[]);
    let attributes = [Attribute::Int("axis", 1), Attribute::Int("num_outputs", 3)];
    graph.nodes("Split", &[joined.name()], &attributes)
}

/// A graph of softmax attention: `query` `[rows, heads, size]` over `keys` and `values`
/// `[slots, heads, size]` with `mask` `[rows, slots]` added to the scores (0, or a number so low that its
/// exponential is zero), to the context `[rows, heads * size]`.
///
/// The operands stay as the cache has them: ONNX Runtime's `FusedMatMul` reads them transposed.
pub fn attention(graph: &mut Graph, heads: Heads) -> Value<F32> {
    let cached = [Dim::Slots, Dim::Size(heads.count), Dim::Size(heads.size)];
    let query = graph.input::<F32>("query", &[Dim::Rows, Dim::Size(heads.count), Dim::Size(heads.size)]);
    let keys = graph.input::<F32>("keys", &cached);
    let values = graph.input::<F32>("values", &cached);
    let mask = graph.input::<F32>("mask", &[Dim::Rows, Dim::Slots]);
    let by_head = [Attribute::Int("transBatchA", 1), Attribute::Int("transBatchB", 1)];
    let scale = Attribute::Float("alpha", 1.0 / (heads.size as f32).sqrt());
    let scores = graph.runtime_node::<F32>(
        "FusedMatMul",
        &[query.name(), keys.name()],
        &[by_head[0], by_head[1], Attribute::Int("transB", 1), scale],
    );
    let masked = graph.node::<F32>("Add", &[scores.name(), mask.name()], &[]);
    let weights = graph.node::<F32>("Softmax", &[masked.name()], &[Attribute::Int("axis", -1)]);
    let context = graph.runtime_node::<F32>("FusedMatMul", &[weights.name(), values.name()], &[by_head[1]]);
    let context = graph.node::<F32>("Transpose", &[context.name()], &[Attribute::Ints("perm", &[1, 0, 2])]);
    let shape = graph.integers(&[-1, (heads.count * heads.size) as i64]);
    graph.node("Reshape", &[context.name(), shape.name()], &[])
}

/// A table of rows, such as an embedding, in the precision of the checkpoint.
#[derive(Clone, Debug)]
pub enum Table {
    /// `[rows, n]`
    F32(External<F32>),
    /// `[rows, n]`
    F16(External<F16>),
    /// `[rows, n]` integers and one scale for each row.
    Int8(External<I8>, External<F32>),
}

/// The rows of `table` at `indices` `[rows]`, in floating point.
pub fn look_up(graph: &mut Graph, table: &Table, indices: &Value<I64>) -> Value<F32> {
    match table {
        Table::F32(rows) => gather(graph, rows, indices),
        Table::F16(rows) => {
            let rows = gather(graph, rows, indices);
            graph.cast(&rows)
        }
        Table::Int8(rows, scales) => {
            let rows = gather(graph, rows, indices);
            let scales = gather(graph, scales, indices);
            let rows: Value<F32> = graph.cast(&rows);
            graph.node("Mul", &[rows.name(), scales.name()], &[])
        }
    }
}

fn gather<E: Element>(graph: &mut Graph, rows: &External<E>, indices: &Value<I64>) -> Value<E> {
    let rows = graph.external(rows);
    graph.node("Gather", &[rows.name(), indices.name()], &[])
}
