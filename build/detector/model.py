"""A BERT encoder with case features and a tag for every token."""

import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn

import labels

SHAPES = 32  # windows.shape_of: 8 shapes by 4 things before them
HEAD = 32  # numbers of a head, as in all-MiniLM-L6-v2


class Layer(nn.Module):
    """One encoder layer as in BERT: attention, then two linear layers, each with a residual and a norm behind it."""

    def __init__(self, size, heads, inner):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(size, 3 * heads * HEAD)
        self.out = nn.Linear(heads * HEAD, size)
        self.norm1 = nn.LayerNorm(size, eps=1e-12)
        self.up = nn.Linear(size, inner)
        self.down = nn.Linear(inner, size)
        self.norm2 = nn.LayerNorm(size, eps=1e-12)

    def forward(self, x, mask, drop):
        rows, length, _ = x.shape
        q, k, v = self.qkv(x).view(rows, length, 3, self.heads, HEAD).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(rows, length, -1)
        x = self.norm1(x + F.dropout(self.out(seen), drop, self.training))
        return self.norm2(x + F.dropout(self.down(F.gelu(self.up(x))), drop, self.training))


class Detector(nn.Module):
    """Embeddings of pieces, places and shapes, encoder layers, a tag for every token."""

    def __init__(self, vocabulary, layers=6, size=384, heads=12, inner=1536, positions=512, drop=0.1):
        super().__init__()
        self.config = {
            "vocabulary": vocabulary,
            "layers": layers,
            "size": size,
            "heads": heads,
            "inner": inner,
            "positions": positions,
        }
        self.words = nn.Embedding(vocabulary, size)
        self.places = nn.Embedding(positions, size)
        self.shapes = nn.Embedding(SHAPES, size)
        self.norm = nn.LayerNorm(size, eps=1e-12)
        self.layers = nn.ModuleList(Layer(size, heads, inner) for _ in range(layers))
        self.tags = nn.Linear(size, len(labels.TAGS))
        self.drop = drop
        nn.init.normal_(self.shapes.weight, std=0.01)
        nn.init.normal_(self.tags.weight, std=0.02)
        nn.init.zeros_(self.tags.bias)

    def forward(self, ids, shapes, lengths=None):
        """ids, shapes [rows, tokens]; lengths [rows], without which there is no padding. Returns logits [rows, tokens, tags]."""
        count = ids.shape[1]
        x = self.words(ids) + self.places.weight[:count] + self.shapes(shapes)
        x = F.dropout(self.norm(x), self.drop, self.training)
        mask = None if lengths is None else (torch.arange(count)[None, :] < lengths[:, None])[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask, self.drop)
        return self.tags(x)


def from_minilm(folder, vocabulary, layers=(0, 2, 4), positions=160):
    """The encoder of all-MiniLM-L6-v2 with the layers and the pieces named, case features and tags new."""
    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text())
    weights = load_file(folder / "model.safetensors")
    prefix = "" if "embeddings.word_embeddings.weight" in weights else "bert."

    def at(name):
        return weights[prefix + name].float()

    model = Detector(
        len(vocabulary),
        len(layers),
        config["hidden_size"],
        config["num_attention_heads"],
        config["intermediate_size"],
        positions,
    )
    known = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    with torch.no_grad():
        model.words.weight.copy_(at("embeddings.word_embeddings.weight")[[known[piece] for piece in vocabulary]])
        model.places.weight.copy_(
            at("embeddings.position_embeddings.weight")[:positions] + at("embeddings.token_type_embeddings.weight")[0]
        )
        copy(model.norm, at, "embeddings.LayerNorm")
        for mine, theirs in zip(model.layers, layers, strict=False):
            base = f"encoder.layer.{theirs}."
            for part in ("weight", "bias"):
                names = [f"{base}attention.self.{name}.{part}" for name in ("query", "key", "value")]
                getattr(mine.qkv, part).copy_(torch.cat([at(name) for name in names]))
            copy(mine.out, at, base + "attention.output.dense")
            copy(mine.norm1, at, base + "attention.output.LayerNorm")
            copy(mine.up, at, base + "intermediate.dense")
            copy(mine.down, at, base + "output.dense")
            copy(mine.norm2, at, base + "output.LayerNorm")
    return model


def copy(module, at, name):
    """Copies weight and bias of a linear layer or a norm."""
    module.weight.copy_(at(name + ".weight"))
    module.bias.copy_(at(name + ".bias"))


def loss_of(logits, allowed):
    """allowed [rows, tokens] bit masks of tags; tokens that allow all teach nothing."""
    bits = (allowed[..., None] >> torch.arange(logits.shape[-1])) & 1
    wanted = logits.float().masked_fill(bits == 0, -1e4).logsumexp(-1)
    every = logits.float().logsumexp(-1)
    teaches = (allowed != labels.ALL) & (allowed != 0)
    return ((every - wanted) * teaches).sum() / teaches.sum().clamp(min=1)
