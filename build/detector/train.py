"""Trains the token classifier for a given number of minutes on the records that prepare.py wrote.

The learning rate follows elapsed time: it warms up and falls to zero at the deadline however fast the machine is. Time
during which the process stood still does not count. Seeded; --resume goes on from the last checkpoint.
"""

import argparse
import json
import math
import pathlib
import random
import time

import torch

import windows as W
from model import Detector, from_minilm, loss_of

# How often a record of each set is seen in one epoch.
SHARES = {
    "presidio": 5.0,
    "pii-anon": 0.25,
    "uner": 2.0,
    "wnut": 2.0,
    "sgd": 0.14,
    "clean": 0.2,
    "made": 0.5,
    "made-names": 0.5,
    "plain": 0.3,
}
# Of the pieces that are read, how many are hidden: what stands around a name has to do.
HIDDEN = 0.04
# Exported are the weights' running mean: each step keeps this share of it.
KEEPS = 0.998
CHECKPOINT_SECONDS = 300


def main():
    """Runs the program."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minilm", type=pathlib.Path, required=True, help="folder of all-MiniLM-L6-v2")
    options.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".work"))
    options.add_argument("--minutes", type=float, default=80)
    options.add_argument("--tokens", type=int, default=3072, help="padded tokens of a batch")
    options.add_argument("--rate", type=float, default=3e-4)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--resume", action="store_true")
    options = options.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    vocabulary = (options.work / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    tokenizer = W.make_tokenizer(vocabulary)
    records = [json.loads(line) for line in (options.work / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    surfaces = json.loads((options.work / "surfaces.json").read_text(encoding="utf-8"))
    pool, unknown = W.Pool(records, surfaces), tokenizer.token_to_id(W.UNKNOWN)
    checkpoint = options.work / "checkpoint.pt"
    saved = torch.load(checkpoint, weights_only=False) if options.resume else {}
    model = Detector(**saved["config"]) if saved else from_minilm(options.minilm, vocabulary)
    model.to(device)
    decay = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}], lr=options.rate
    )
    first, elapsed, seen, steps = 0, 0.0, 0, 0
    if saved:
        model.load_state_dict(saved["model"])
        if "optimizer" in saved:
            optimizer.load_state_dict(saved["optimizer"])
        first, elapsed, seen = saved["epoch"] + 1, saved["elapsed"], saved["seen"]

    average = [value.detach().clone() for value in model.parameters()]
    if "average" in saved:
        average = [saved["average"][name].to(device) for name, _ in model.named_parameters()]

    def save(epoch):
        torch.save(
            {
                "model": model.state_dict(),
                "average": dict(zip((name for name, _ in model.named_parameters()), average, strict=True)),
                "optimizer": optimizer.state_dict(),
                "epoch": epoch,
                "elapsed": elapsed,
                "seen": seen,
                "config": model.config,
            },
            checkpoint,
        )

    limit, saved_at = options.minutes * 60, elapsed
    model.train()
    for epoch in range(first, 1000):
        if elapsed >= limit:
            break
        rng = random.Random(options.seed * 1000 + epoch)
        batches = W.batches(list(W.windows(epoch_groups(records, rng, pool), tokenizer)), options.tokens, rng)
        print(
            f"epoch {epoch}: {sum(len(row[0]) for group in batches for row in group)} tokens in {len(batches)} batches",
            flush=True,
        )
        mean = 0.0
        for index, group in enumerate(batches):
            began = time.monotonic()
            part = min(1.0, elapsed / limit)
            rate = (
                options.rate * min(1.0, elapsed / (0.03 * limit) + 0.02) * (0.5 + 0.5 * math.cos(math.pi * part)) + 1e-7
            )
            # A new optimizer knows nothing of the gradients yet.
            steps += 1
            rate *= min(1.0, steps / 100)
            for params in optimizer.param_groups:
                params["lr"] = rate
            ids, shapes, allowed, lengths = (torch.from_numpy(x).to(device) for x in W.padded(group))
            # Never the first, which begins a window.
            hidden = torch.rand(ids.shape) < HIDDEN
            hidden[:, 0] = False
            ids = ids.masked_fill(hidden.to(device), unknown)
            loss = loss_of(model(ids, shapes, lengths), allowed)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            torch._foreach_lerp_(average, [value.detach() for value in model.parameters()], 1 - KEEPS)
            seen += int(lengths.sum())
            mean += (loss.item() - mean) / min(index + 1, 100)
            # A step of more than half a minute was one in which the process was stopped.
            elapsed += min(30.0, time.monotonic() - began)
            if index % 50 == 49:
                print(
                    f"  {index + 1}/{len(batches)} loss {mean:.4f} rate {rate:.1e} {elapsed:.0f} s {seen} tokens",
                    flush=True,
                )
            if elapsed - saved_at > CHECKPOINT_SECONDS:
                saved_at = elapsed
                save(epoch)
            if elapsed >= limit:
                break
        save(epoch)


def epoch_groups(records, rng, pool):
    """The records of an epoch, augmented, short ones joined to longer texts."""
    by_set = {}
    for record in records:
        by_set.setdefault(record["set"], []).append(record)
    chosen = []
    for name, rows in by_set.items():
        whole = int(SHARES[name])
        chosen += rows * whole + rng.sample(rows, int(len(rows) * (SHARES[name] - whole)))
    rng.shuffle(chosen)
    chosen = [W.augmented(record, rng, pool) for record in chosen]
    long = [[(record, "\n")] for record in chosen if len(record["text"]) > 500]
    short = [record for record in chosen if len(record["text"]) <= 500]
    return long + W.joined(short, rng)


if __name__ == "__main__":
    main()
