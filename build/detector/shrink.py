"""A trained checkpoint with narrower layers and more pieces, to be trained on by `train.py --resume`.

Of each layer's inner neurons those are kept that the loss would miss most (Molchanov et al. 2017: activation times
gradient); half of them do the work of all. What that frees in size holds pieces that the vocabulary did not have, with
the embeddings of all-MiniLM-L6-v2; those that it had keep what they learnt.
"""

import argparse
import json
import pathlib
import random

import torch

import train
import windows as W
from model import Detector, from_minilm, loss_of


def main():
    """Runs the program."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minilm", type=pathlib.Path, required=True, help="folder of all-MiniLM-L6-v2")
    options.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".work"))
    options.add_argument("--pieces", type=pathlib.Path, required=True, help="the vocabulary of the checkpoint")
    options.add_argument("--inner", type=int, default=768)
    options.add_argument("--batches", type=int, default=40)
    options = options.parse_args()
    torch.set_num_threads(1)
    old = options.pieces.read_text(encoding="utf-8").strip().split("\n")
    vocabulary = (options.work / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    saved = torch.load(options.work / "checkpoint.pt", weights_only=False)
    model = Detector(**saved["config"])
    model.load_state_dict(saved["model"])
    kept = important(model, batches(options, old), options.inner)
    state = narrowed(saved["model"], kept)
    pieces = from_minilm(options.minilm, vocabulary).words.weight.detach().clone()
    at = {piece: i for i, piece in enumerate(vocabulary)}
    pieces[[at[piece] for piece in old]] = saved["model"]["words.weight"]
    state["words.weight"] = pieces
    config = {**saved["config"], "inner": options.inner, "vocabulary": len(vocabulary)}
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


def important(model, groups, inner):
    """Indices of the neurons to keep, sorted, one tensor a layer."""
    model.eval()
    score = [torch.zeros(layer.up.out_features) for layer in model.layers]
    seen = {}

    def remember(index):
        def before(_, inputs):
            inputs[0].retain_grad()
            seen[index] = inputs[0]

        return before

    for index, layer in enumerate(model.layers):
        layer.down.register_forward_pre_hook(remember(index))
    for group in groups:
        ids, shapes, allowed, lengths = (torch.from_numpy(x) for x in W.padded(group))
        model.zero_grad()
        loss_of(model(ids, shapes, lengths), allowed).backward()
        for index, active in seen.items():
            score[index] += (active * active.grad).detach().flatten(0, 1).square().sum(0)
    return [one.topk(inner).indices.sort().values for one in score]


def narrowed(state, kept):
    """The weights with only those neurons."""
    state = dict(state)
    for index, neurons in enumerate(kept):
        base = f"layers.{index}."
        state[base + "up.weight"] = state[base + "up.weight"][neurons]
        state[base + "up.bias"] = state[base + "up.bias"][neurons]
        state[base + "down.weight"] = state[base + "down.weight"][:, neurons]
    return state


if __name__ == "__main__":
    main()
