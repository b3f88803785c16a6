"""The classifier as an ONNX graph, written operator by operator for the kernels that ONNX Runtime has, in a page too.

Products are dynamically quantized: activations to eight bits as they come, matrices per column to seven. Then sums of
eight-bit products overflow on no processor, and a page and a desktop processor give the same tags.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import labels
from model import HEAD

# Its fused operators.
ORT = "com.microsoft"
# Whole numbers of a matrix go from -64 to 64; embeddings are not multiplied, theirs to 127.
MATRIX, EMBEDDING = 64, 127
# The logit of "nothing" of a token that the gate holds back, where the others have 0: a probability of .999.
SURE = 10.0


class Graph:
    """Nodes and constants of a graph in the making."""

    def __init__(self, state):
        self.state = state
        self.nodes = []
        self.constants = {}

    def weight(self, name):
        """A tensor of the checkpoint."""
        return self.state[name].float().numpy()

    def constant(self, name, values):
        """The name of a constant."""
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def integers(self, *values):
        """The name of a constant of positions, axes or lengths."""
        return self.constant("integers " + " ".join(map(str, values)), np.array(values, np.int64))

    def add(self, operator, inputs, name=None, domain="", **attributes):
        """The name of what a new node gives."""
        name = name or f"{operator}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, domain=domain, **attributes))
        return name

    def linear(self, x, name, weight, bias):
        """`x` times a quantized matrix, weight [outputs, inputs], plus a bias."""
        values, scale = quantized(weight.T, MATRIX)
        inputs = [
            self.constant(f"{name}.values", values),
            self.constant(f"{name}.scale", scale),
            self.constant(f"{name}.zero", np.zeros(len(scale), np.int8)),
            self.constant(f"{name}.bias", bias),
        ]
        return self.add("DynamicQuantizeMatMul", [x, *inputs], domain=ORT)

    def layer(self, x, name):
        """A linear layer of the checkpoint."""
        return self.linear(x, name, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"))

    def words(self):
        """The pieces' embeddings. As `DequantizeLinear` the two last steps would be a slower one."""
        values, scale = quantized(self.weight("words.weight"), EMBEDDING)
        rows = self.add("Gather", [self.constant("words.values", values), "ids"])
        rows = self.add("Cast", [rows], to=TensorProto.FLOAT)
        return self.add("Mul", [rows, self.constant("words.scale", scale)])

    def table(self, name):
        """The name of a table of embeddings that are few, as they are."""
        return self.constant(f"{name}.weight", self.weight(f"{name}.weight"))

    def norm(self, parts, name):
        """The norm of a sum. As `Add` the two would be fused, and the fused kernel is the slower one."""
        parts = self.add("Sum", parts)
        weights = [self.constant(f"{name}.{part}", self.weight(f"{name}.{part}")) for part in ("weight", "bias")]
        return self.add("LayerNormalization", [parts, *weights], axis=-1, epsilon=1e-12)

    def attention(self, x, asking, name, heads):
        """What each token of `asking` takes from all of `x`. The scale of the products is in the queries' weights."""
        width = heads * HEAD
        weights, biases = (self.weight(f"{name}.qkv.{part}").reshape(3, width, -1) for part in ("weight", "bias"))
        parts = []
        for at, (part, scale, order) in enumerate(
            [("query", HEAD**-0.5, (0, 2, 1, 3)), ("key", 1.0, (0, 2, 3, 1)), ("value", 1.0, (0, 2, 1, 3))]
        ):
            weight, bias = weights[at] * np.float32(scale), biases[at, :, 0] * np.float32(scale)
            made = self.linear(asking if part == "query" else x, f"{name}.{part}", weight, bias)
            made = self.add("Reshape", [made, self.integers(0, 0, heads, HEAD)])
            parts.append(self.add("Transpose", [made], perm=order))
        query, key, value = parts
        shares = self.add("Softmax", [self.add("MatMul", [query, key])], axis=-1)
        seen = self.add("Transpose", [self.add("MatMul", [shares, value])], perm=(0, 2, 1, 3))
        return self.add("Reshape", [seen, self.integers(0, 0, width)])

    def passing(self, x, gate):
        """Positions of the first token, so that there is one, and of those that the gate lets pass."""
        weight = self.constant("gate.weight", gate["weight"].float().numpy()[:, None])
        least = self.constant("gate.least", -gate["bias"].float().numpy().reshape(1))
        value = self.add("Squeeze", [self.add("MatMul", [x, weight]), self.integers(0, 2)])
        value = self.add("Slice", [value, self.integers(1), self.integers(2**31 - 1)])
        found = self.add("Squeeze", [self.add("NonZero", [self.add("Greater", [value, least])]), self.integers(0)])
        return self.add("Concat", [self.integers(0), self.add("Add", [found, self.integers(1)])], axis=0)

    def spread(self, logits, positions, count, name):
        """Logits [1, passed, tags] at their positions; all other tokens are nothing, of which `SURE` says how sure."""
        row = np.zeros((1, len(labels.TAGS)), np.float32)
        row[0, 0] = SURE
        form = self.add("Concat", [count, self.integers(len(labels.TAGS))], axis=0)
        base = self.add("Expand", [self.constant("nothing", row), form])
        positions = self.add("Unsqueeze", [positions, self.integers(1)])
        made = self.add("ScatterND", [base, positions, self.add("Squeeze", [logits, self.integers(0)])])
        return self.add("Unsqueeze", [made, self.integers(0)], name)


def quantized(matrix, most):
    """Whole numbers of at most `most`, and the scale of each column."""
    scale = np.maximum(np.abs(matrix).max(0), 1e-9) / most
    return np.round(matrix / scale).astype(np.int8), scale.astype(np.float32)


def graph_of(state, config, gate):
    """The ONNX model of a checkpoint's weights: `ids` and `shapes` [1, tokens] to `logits` [1, tokens, tags].

    The last layer is for tokens that pass the gate: they take from all, the others stay as they are.
    """
    graph = Graph(state)
    count = graph.add("Shape", ["ids"], start=1, end=2)
    x = graph.norm(
        [
            graph.words(),
            graph.add("Gather", [graph.table("shapes"), "shapes"]),
            graph.add("Slice", [graph.table("places"), graph.integers(0), count, graph.integers(0)]),
        ],
        "norm",
    )
    for index in range(config["layers"]):
        name, asking = f"layers.{index}", x
        if index == config["layers"] - 1:
            positions = graph.passing(x, gate)
            asking = graph.add("Gather", [x, positions], axis=1)
        seen = graph.attention(x, asking, name, config["heads"])
        x = graph.norm([asking, graph.layer(seen, f"{name}.out")], f"{name}.norm1")
        active = graph.add("Gelu", [graph.layer(x, f"{name}.up")], domain=ORT)
        x = graph.norm([x, graph.layer(active, f"{name}.down")], f"{name}.norm2")
    graph.spread(graph.layer(x, "tags"), positions, count, "logits")

    def values(name, kind, *form):
        return helper.make_tensor_value_info(name, kind, [1, "tokens", *form])

    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "detector",
            [values("ids", TensorProto.INT32), values("shapes", TensorProto.INT32)],
            [values("logits", TensorProto.FLOAT, len(labels.TAGS))],
            list(graph.constants.values()),
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(ORT, 1)],
        ir_version=8,
    )
    onnx.checker.check_model(made)
    return made
