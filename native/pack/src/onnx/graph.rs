//! A builder of ONNX graphs whose values carry their element type, so that a graph that mixes types does not
//! compile.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use prost::Message;

use super::proto::{self, AttributeType, DataLocation, DataType, Size};

/// Type of a tensor's elements, as a type.
pub trait Element {
    /// The same as a value.
    const TYPE: DataType;
}

macro_rules! elements {
    ($($name:ident $type:ident $doc:literal),*) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}
        impl Element for $name {
            const TYPE: DataType = DataType::$type;
        }
    )*};
}
elements! {
    F32 Float "32-bit floating point.",
    F16 Float16 "16-bit floating point.",
    U8 Uint8 "Unsigned 8-bit integers.",
    I8 Int8 "Signed 8-bit integers.",
    I32 Int32 "Signed 32-bit integers.",
    I64 Int64 "Signed 64-bit integers."
}

/// A value of a graph, by name.
#[derive(Debug)]
pub struct Value<E> {
    name: String,
    element: PhantomData<E>,
}

impl<E> Value<E> {
    fn new(name: String) -> Self {
        Value { name, element: PhantomData }
    }

    /// The name by which nodes read it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Size of an input or output in one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dim {
    /// Rows of a step: any number.
    Rows,
    /// Slots of a layer's key and value cache: any number.
    Slots,
    /// A fixed size.
    Size(usize),
}

/// A constant tensor whose bytes are in the weights file.
#[derive(Clone, Debug)]
pub struct External<E> {
    /// Name for the graph and for messages.
    pub name: String,
    /// Size in each dimension.
    pub dims: Vec<usize>,
    /// Where the bytes are.
    pub blob: Blob,
    element: PhantomData<E>,
}

impl<E> External<E> {
    /// Names bytes of the weights file as a tensor.
    pub fn new(name: impl Into<String>, dims: Vec<usize>, blob: Blob) -> Self {
        External { name: name.into(), dims, blob, element: PhantomData }
    }
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

/// An option of a node.
#[derive(Clone, Copy, Debug)]
pub enum Attribute<'a> {
    /// An integer.
    Int(&'a str, i64),
    /// A floating point number.
    Float(&'a str, f32),
    /// A text.
    Text(&'a str, &'a str),
    /// A list of integers.
    Ints(&'a str, &'a [i64]),
}

impl Attribute<'_> {
    fn proto(self) -> proto::Attribute {
        let named = |name: &str, kind: AttributeType| proto::Attribute {
            name: Some(name.to_owned()),
            r#type: Some(kind.into()),
            ..Default::default()
        };
        match self {
            Attribute::Int(name, i) => proto::Attribute { i: Some(i), ..named(name, AttributeType::Int) },
            Attribute::Float(name, f) => proto::Attribute { f: Some(f), ..named(name, AttributeType::Float) },
            Attribute::Text(name, s) => {
                proto::Attribute { s: Some(s.as_bytes().to_vec()), ..named(name, AttributeType::String) }
            }
            Attribute::Ints(name, ints) => {
                proto::Attribute { ints: ints.to_vec(), ..named(name, AttributeType::Ints) }
            }
        }
    }
}

/// A graph being built. Nodes run in the order in which they are added.
#[derive(Debug)]
pub struct Graph {
    graph: proto::GraphProto,
    weights: String,
    /// Outputs: the name that the caller sees by the name under which a node makes the value.
    published: BTreeMap<String, String>,
}

impl Graph {
    /// An empty graph. `weights` is the file that holds external tensors, relative to the graph's folder: ONNX
    /// Runtime refuses a path that leaves that folder.
    pub fn new(name: &str, weights: &str) -> Self {
        Graph {
            graph: proto::GraphProto { name: Some(name.to_owned()), ..Default::default() },
            weights: weights.to_owned(),
            published: BTreeMap::new(),
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        self.graph.name()
    }

    /// Adds an input.
    pub fn input<E: Element>(&mut self, name: &str, dims: &[Dim]) -> Value<E> {
        self.graph.input.push(value_info::<E>(name, dims));
        Value::new(name.to_owned())
    }

    /// Makes `value`, which a node of this graph makes, the output `name`.
    pub fn output<E: Element>(&mut self, name: &str, value: Value<E>, dims: &[Dim]) {
        self.graph.output.push(value_info::<E>(name, dims));
        self.published.insert(value.name, name.to_owned());
    }

    /// A constant whose bytes are in the weights file.
    pub fn external<E: Element>(&mut self, tensor: &External<E>) -> Value<E> {
        let entry = |key: &str, value: String| proto::Entry { key: Some(key.to_owned()), value: Some(value) };
        self.graph.initializer.push(proto::Tensor {
            external_data: vec![
                entry("location", self.weights.clone()),
                entry("offset", tensor.blob.offset.to_string()),
                entry("length", tensor.blob.length.to_string()),
            ],
            data_location: Some(DataLocation::External.into()),
            ..tensor_proto::<E>(&tensor.name, tensor.dims.iter().map(|&size| size as i64).collect())
        });
        Value::new(tensor.name.clone())
    }

    /// A floating point scalar.
    pub fn float(&mut self, value: f32) -> Value<F32> {
        self.constant(vec![], value.to_le_bytes().to_vec())
    }

    /// An unsigned byte.
    pub fn byte(&mut self, value: u8) -> Value<U8> {
        self.constant(vec![], vec![value])
    }

    /// A short list of integers: axes, shapes.
    pub fn integers(&mut self, values: &[i64]) -> Value<I64> {
        self.constant(
            vec![values.len() as i64],
            values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        )
    }

    /// Adds a node with one output.
    pub fn node<E: Element>(&mut self, op: &str, inputs: &[&str], attributes: &[Attribute]) -> Value<E> {
        let name = self.fresh(op);
        self.push(op, "", inputs, vec![name.clone()], attributes);
        Value::new(name)
    }

    /// Adds a node of ONNX Runtime's own operators with one output.
    pub fn runtime_node<E: Element>(
        &mut self,
        op: &str,
        inputs: &[&str],
        attributes: &[Attribute],
    ) -> Value<E> {
        let name = self.fresh(op);
        self.push(op, proto::RUNTIME_DOMAIN, inputs, vec![name.clone()], attributes);
        Value::new(name)
    }

    /// Adds a node with `N` outputs of one type.
    pub fn nodes<E: Element, const N: usize>(
        &mut self,
        op: &str,
        inputs: &[&str],
        attributes: &[Attribute],
    ) -> [Value<E>; N] {
        let name = self.fresh(op);
        let outputs: [String; N] = std::array::from_fn(|index| format!("{name}_{index}"));
        self.push(op, "", inputs, outputs.to_vec(), attributes);
        outputs.map(Value::new)
    }

    /// Converts elements to another type.
    pub fn cast<A: Element, E: Element>(&mut self, value: &Value<A>) -> Value<E> {
        let to = Attribute::Int("to", i64::from(i32::from(E::TYPE)));
        self.node("Cast", &[value.name()], &[to])
    }

    /// The bytes of the model file.
    pub fn encode(self) -> Vec<u8> {
        let mut graph = self.graph;
        let names = graph.node.iter_mut().flat_map(|node| node.input.iter_mut().chain(&mut node.output));
        for name in names {
            if let Some(published) = self.published.get(name) {
                name.clone_from(published);
            }
        }
        let set = |domain: &str, version: i64| proto::OperatorSet {
            domain: Some(domain.to_owned()),
            version: Some(version),
        };
        let model = proto::Model {
            ir_version: Some(proto::IR_VERSION),
            producer_name: Some(env!("CARGO_PKG_NAME").to_owned()),
            graph: Some(graph),
            opset_import: vec![set("", proto::OPSET), set(proto::RUNTIME_DOMAIN, 1)],
        };
        model.encode_to_vec()
    }

    fn constant<E: Element>(&mut self, dims: Vec<i64>, bytes: Vec<u8>) -> Value<E> {
        let name = format!("constant_{}", self.graph.initializer.len());
        self.graph
            .initializer
            .push(proto::Tensor { raw_data: Some(bytes), ..tensor_proto::<E>(&name, dims) });
        Value::new(name)
    }

    fn fresh(&self, op: &str) -> String {
        format!("{op}_{}", self.graph.node.len())
    }

    fn push(
        &mut self,
        op: &str,
        domain: &str,
        inputs: &[&str],
        outputs: Vec<String>,
        attributes: &[Attribute],
    ) {
        self.graph.node.push(proto::Node {
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: outputs,
            name: Some(self.fresh(op)),
            op_type: Some(op.to_owned()),
            attribute: attributes.iter().map(|attribute| attribute.proto()).collect(),
            domain: (!domain.is_empty()).then(|| domain.to_owned()),
        });
    }
}

fn tensor_proto<E: Element>(name: &str, dims: Vec<i64>) -> proto::Tensor {
    proto::Tensor { dims, data_type: Some(E::TYPE.into()), name: Some(name.to_owned()), ..Default::default() }
}

fn value_info<E: Element>(name: &str, dims: &[Dim]) -> proto::ValueInfo {
    let size = |dim: &Dim| match *dim {
        Dim::Rows => Size::Name("rows".to_owned()),
        Dim::Slots => Size::Name("slots".to_owned()),
        Dim::Size(size) => Size::Value(size as i64),
    };
    let shape =
        proto::Shape { dim: dims.iter().map(|dim| proto::Dimension { size: Some(size(dim)) }).collect() };
    let tensor_type = proto::TensorType { elem_type: Some(E::TYPE.into()), shape: Some(shape) };
    proto::ValueInfo {
        name: Some(name.to_owned()),
        r#type: Some(proto::Type { tensor_type: Some(tensor_type) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_survives_encoding() {
        let mut graph = Graph::new("sum", "weights.bin");
        let x = graph.input::<F32>("x", &[Dim::Rows, Dim::Size(3)]);
        let bias = graph.external(&External::<F32>::new("bias", vec![3], Blob { offset: 64, length: 12 }));
        let sum = graph.node::<F32>("Add", &[x.name(), bias.name()], &[]);
        let axes = graph.integers(&[-1]);
        let max = graph.node("ReduceMax", &[sum.name(), axes.name()], &[Attribute::Int("keepdims", 0)]);
        graph.output::<F32>("x_next", sum, &[Dim::Rows, Dim::Size(3)]);
        graph.output::<F32>("max", max, &[Dim::Rows]);

        let model = proto::Model::decode(graph.encode().as_slice()).unwrap();
        assert_eq!(model.ir_version, Some(proto::IR_VERSION));
        let graph = model.graph.unwrap();
        assert_eq!(graph.node[0].output, ["x_next"]);
        assert_eq!(graph.node[1].input, ["x_next", "constant_1"]);
        assert_eq!(graph.node[1].output, ["max"]);
        // A zero is written out: a reader could not tell it from an absent value otherwise.
        assert_eq!(graph.node[1].attribute[0].i, Some(0));
        let bias = &graph.initializer[0];
        assert_eq!(bias.data_location(), DataLocation::External);
        let entries: Vec<_> = bias.external_data.iter().map(|entry| (entry.key(), entry.value())).collect();
        assert_eq!(entries, [("location", "weights.bin"), ("offset", "64"), ("length", "12")]);
        assert_eq!(graph.initializer[1].raw_data(), (-1i64).to_le_bytes());
        let shape = graph.input[0].r#type.clone().unwrap().tensor_type.unwrap().shape.unwrap();
        let sizes: Vec<_> = shape.dim.into_iter().map(|dim| dim.size.unwrap()).collect();
        assert_eq!(sizes, [Size::Name("rows".into()), Size::Value(3)]);
    }

    #[test]
    fn field_numbers_are_those_of_onnx() {
        // ir_version 9 (field 1), producer (2), graph (7) with name (2), opset imports (8).
        let bytes = Graph::new("g", "w").encode();
        assert_eq!(&bytes[..2], [0x08, 9]);
        assert_eq!(&bytes[2..4], [0x12, 10]);
        assert_eq!(&bytes[14..19], [0x3a, 3, 0x12, 1, b'g']);
        assert_eq!(bytes[19], 0x42);
    }
}
