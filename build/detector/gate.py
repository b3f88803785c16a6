"""Fits the gate of a trained checkpoint: which tokens its last layer has to read.

Most tokens are nothing, and the layers before the last know it. The gate is a line through their output, fitted to
what the whole classifier says; its bias lets nearly every token pass that might be marked. The others stay what they
are, nothing, and the last layer reads them as the surroundings of those that pass.
"""

import argparse
import json
import pathlib
import random

import torch
import torch.nn.functional as F

import train
import windows as W
from model import Detector

# A token that is anything with this probability passes, and of such this share is to pass.
LEAST = 0.05
PASSING = 0.999


def main():
    """Runs the program."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".work"))
    options.add_argument("--batches", type=int, default=160)
    options = options.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    checkpoint = options.work / "checkpoint.pt"
    saved = torch.load(checkpoint, weights_only=False, map_location="cpu")
    model = Detector(**saved["config"])
    model.load_state_dict(saved["average"])
    model.eval()
    seen, anything = states(model, batches(options))
    # Every fourth token is for choosing the bias.
    other = torch.arange(len(seen)) % 4 == 0
    weight = fitted(seen[~other], anything[~other])
    value = seen[other] @ weight
    wanted = value[anything[other] > LEAST]
    bias = -wanted.quantile(1 - PASSING)
    saved["gate"] = {"weight": weight, "bias": bias}
    torch.save(saved, checkpoint)
    passes = (value + bias > 0).float()
    nothing = anything[other] <= LEAST
    print(f"{passes[nothing].mean():.3f} of {int(nothing.sum())} tokens that are nothing pass")
    print(f"{passes[~nothing].mean():.5f} of {len(wanted)} tokens that might be marked pass")


def batches(options):
    """Some batches of training records."""
    rows = [json.loads(line) for line in (options.work / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    pool = W.Pool(rows, json.loads((options.work / "surfaces.json").read_text(encoding="utf-8")))
    rng = random.Random(78)
    groups = train.epoch_groups(rows, rng, pool)[: 60 * options.batches]
    tokenizer = W.make_tokenizer((options.work / "vocabulary.txt").read_text(encoding="utf-8").split("\n"))
    return W.batches(list(W.windows(groups, tokenizer)), 2048, rng)[: options.batches]


def states(model, groups):
    """What goes into the last layer, [tokens, size], and the probability that each token is anything."""
    kept = []
    model.layers[-1].register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
    seen, anything = [], []
    with torch.no_grad():
        for group in groups:
            ids, shapes, _, lengths = (torch.from_numpy(x) for x in W.padded(group))
            nothing = model(ids, shapes, lengths).softmax(-1)[..., 0]
            real = torch.arange(ids.shape[1]) < lengths[:, None]
            seen.append(kept.pop()[real])
            anything.append(1 - nothing[real])
    return torch.cat(seen), torch.cat(anything)


def fitted(seen, anything):
    """Logistic regression; tokens that might be marked count more: none of them is to be lost."""
    weight = torch.zeros(seen.shape[1], requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    target = (anything > LEAST).float()
    optimizer = torch.optim.Adam([weight, bias], lr=0.02)
    for _ in range(400):
        picked = torch.randint(len(seen), (8192,))
        loss = F.binary_cross_entropy_with_logits(
            seen[picked] @ weight + bias, target[picked], pos_weight=torch.tensor(10.0)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return weight.detach()


if __name__ == "__main__":
    main()
