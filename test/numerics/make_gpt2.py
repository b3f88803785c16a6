"""Write a GPT-2 with random weights as Hugging Face's transformers saves it, and what torch makes of some texts.

Usage: make_gpt2.py OUT [--layers N --hidden N --heads N --context N --spread X --dtype float32|float16|bfloat16]
                        [--shard 200KB] [--untied] [--trunk] [--seed N]

OUT gets config.json, model.safetensors (or shards and their index), vocab.json, merges.txt, and reference.json:
{"texts": [{"text", "ids", "logprobs"}]}, where logprobs[i] is the log-probability of ids[i + 1] after ids[:i + 1],
computed in 32-bit floating point from the weights as they are saved.

The initialisation of transformers gives every token nearly the same probability, so that any engine would agree
with it. Here every weight is drawn with a spread that makes the model's predictions differ, norms and biases too.
"""

import argparse
import json
import random
from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel, GPT2Model

TEXTS = [
    "Dear Dr. Ellery, my card 4556 7375 8689 9855 was charged twice on Friday.",
    "def total(rows):\n    return sum(row.amount for row in rows)  # in cents\n",
    "Zażółć gęślą jaźń, naïve café — 東京 2031 🙂",
    "the the the the the the the the the the the the the the the the the the the the the the the the",
    " ".join(str(n * n) for n in range(70)),
]


def byte_characters():
    """The printable character that byte-level BPE writes for each byte (GPT-2's bytes_to_unicode)."""
    keep = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in keep]
    return {**{b: chr(b) for b in keep}, **{b: chr(256 + n) for n, b in enumerate(others)}}


def write_tokenizer(out):
    """A byte-level BPE with some merges of English, in GPT-2's two files. Returns the size of its vocabulary."""
    characters = byte_characters()
    space = characters[ord(" ")]
    merges = [(space, "t"), ("h", "e"), (space + "t", "he"), ("a", "r"), (space, "c"), (space + "c", "ar"),
              ("o", "w"), ("i", "n"), ("1", "2"), ("w", "a"), ("wa", "s"), (space, "was")]
    tokens = [characters[b] for b in range(256)] + [a + b for a, b in merges] + ["<|endoftext|>"]
    vocab = {token: n for n, token in enumerate(tokens)}
    (out / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(f"{a} {b}" for a, b in merges)]
    (out / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(tokens)


def load_tokenizer(out):
    """Hugging Face's own tokenizer over these files (its pure Python form where there still is one)."""
    from transformers import GPT2Tokenizer

    return GPT2Tokenizer.from_pretrained(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--spread", type=float, default=0.08)
    parser.add_argument("--dtype", choices=["float32", "float16", "bfloat16"], default="float32")
    parser.add_argument("--shard", default="5GB")
    parser.add_argument("--untied", action="store_true")
    parser.add_argument("--trunk", action="store_true", help="save GPT2Model: names without a prefix")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    random.seed(args.seed)
    torch.set_num_threads(1)
    vocabulary = write_tokenizer(args.out)
    end = vocabulary - 1
    config = GPT2Config(
        vocab_size=vocabulary, n_positions=args.context, n_embd=args.hidden, n_layer=args.layers,
        n_head=args.heads, bos_token_id=end, eos_token_id=end, tie_word_embeddings=not args.untied,
    )
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(0.0, args.spread)
            if name.endswith(("ln_1.weight", "ln_2.weight", "ln_f.weight")):
                parameter.add_(1.0)
    model = model.to(getattr(torch, args.dtype))
    saved = model.transformer if args.trunk else model
    assert isinstance(saved, (GPT2Model, GPT2LMHeadModel))
    saved.save_pretrained(args.out, max_shard_size=args.shard, safe_serialization=True)
    model = model.float()

    tokenizer = load_tokenizer(args.out)
    texts = []
    for text in TEXTS:
        ids = tokenizer(text)["input_ids"][: args.context]
        with torch.no_grad():
            logprobs = torch.log_softmax(model(torch.tensor([ids])).logits[0], dim=-1)
        following = [logprobs[n, token].item() for n, token in enumerate(ids[1:])]
        texts.append({"text": text, "ids": ids, "logprobs": following})
    (args.out / "reference.json").write_text(json.dumps({"texts": texts}))


main()
