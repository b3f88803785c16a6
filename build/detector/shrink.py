"""A trained checkpoint with narrower layers and more pieces, to be trained on by `train.py --resume`.

Of each layer's inner neurons and heads those are kept that the loss would miss most (Molchanov et al. 2017: activation
times gradient). What that frees in size may hold pieces that the vocabulary did not have, with the embeddings of
all-MiniLM-L6-v2; those that it had keep what they learnt.
"""

import argparse
import json
import pathlib
import random

import torch

import train
import windows as W
from model import HEAD, Detector, from_minilm, loss_of


def main():
    """Runs the program."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minilm", type=pathlib.Path, required=True, help="folder of all-MiniLM-L6-v2")
    options.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".work"))
    options.add_argument("--pieces", type=pathlib.Path, required=True, help="the vocabulary of the checkpoint")
    options.add_argument("--inner", type=int, default=768, help="neurons to keep in a layer")
    options.add_argument("--heads", type=int, default=12, help="heads to keep in a layer")
    options.add_argument("--batches", type=int, default=40)
    options = options.parse_args()
    torch.set_num_threads(1)
    old = options.pieces.read_text(encoding="utf-8").strip().split("\n")
    vocabulary = (options.work / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    saved = torch.load(options.work / "checkpoint.pt", weights_only=False)
    model = Detector(**saved["config"])
    model.load_state_dict(saved["model"])
    neurons, heads = important(model, batches(options, old), options.inner, options.heads)
    state = narrowed(saved["model"], neurons, heads)
    pieces = from_minilm(options.minilm, vocabulary).words.weight.detach().clone()
    at = {piece: i for i, piece in enumerate(vocabulary)}
    pieces[[at[piece] for piece in old]] = saved["model"]["words.weight"]
    state["words.weight"] = pieces
    config = {**saved["config"], "inner": options.inner, "heads": options.heads, "vocabulary": len(vocabulary)}
    Detector(**config).load_state_dict(state)
    facts = {name: saved[name] for name in ("epoch", "elapsed", "seen")}
    torch.save({"model": state, "config": config, **facts}, options.work / "checkpoint.pt")
    print(config)


def batches(options, vocabulary):
    """Some batches of training records, in the pieces that the checkpoint knows."""
    rows = [json.loads(line) for line in (options.work / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    pool = W.Pool(rows, json.loads((options.work / "surfaces.json").read_text(encoding="utf-8")))
    rng = random.Random(77)
    groups = train.epoch_groups(rows, rng, pool)[: 60 * options.batches]
    return W.batches(list(W.windows(groups, W.make_tokenizer(vocabulary))), 2048, rng)[: options.batches]


def important(model, groups, inner, heads):
    """Indices of the neurons and of the heads to keep, sorted, one tensor a layer."""
    model.eval()
    parts = {}
    for index, layer in enumerate(model.layers):
        parts["neurons", index] = layer.down
        parts["heads", index] = layer.out
    score = {name: torch.zeros(part.in_features) for name, part in parts.items()}
    seen = {}

    def remember(name):
        def before(_, inputs):
            inputs[0].retain_grad()
            seen[name] = inputs[0]

        return before

    for name, part in parts.items():
        part.register_forward_pre_hook(remember(name))
    for group in groups:
        ids, shapes, allowed, lengths = (torch.from_numpy(x) for x in W.padded(group))
        model.zero_grad()
        loss_of(model(ids, shapes, lengths), allowed).backward()
        for name, active in seen.items():
            missed = (active * active.grad).detach().flatten(0, 1)
            if name[0] == "heads":
                # A head is kept or left as a whole.
                missed = missed.unflatten(1, (-1, HEAD)).sum(-1).repeat_interleave(HEAD, 1)
            score[name] += missed.square().sum(0)
    layers = range(len(model.layers))
    return (
        [score["neurons", index].topk(inner).indices.sort().values for index in layers],
        [score["heads", index][::HEAD].topk(heads).indices.sort().values for index in layers],
    )


def narrowed(state, neurons, heads):
    """The weights with only those neurons and heads."""
    state = dict(state)
    for index, (up, head) in enumerate(zip(neurons, heads, strict=True)):
        base = f"layers.{index}."
        state[base + "up.weight"] = state[base + "up.weight"][up]
        state[base + "up.bias"] = state[base + "up.bias"][up]
        state[base + "down.weight"] = state[base + "down.weight"][:, up]
        columns = (head[:, None] * HEAD + torch.arange(HEAD)).flatten()
        for part in ("weight", "bias"):
            whole = state[f"{base}qkv.{part}"].unflatten(0, (3, -1))
            state[f"{base}qkv.{part}"] = whole[:, columns].flatten(0, 1)
        state[base + "out.weight"] = state[base + "out.weight"][:, columns]
    return state


if __name__ == "__main__":
    main()
