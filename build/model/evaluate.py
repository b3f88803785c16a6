"""Held-out losses (mean cross-entropy in nats per token) of the checkpoint in float32 and of the exported int8 folder.

The int8 figure uses the exported weights and rounds every row that enters a linear layer, the output layer included, to
8 bits (absmax / 127), as inference does.
"""

import argparse
import json
from contextlib import nullcontext
from pathlib import Path

import torch

from gpt import GPT
from sample import load
from train import Rows, evaluate

HOME = Path(__file__).parent


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=HOME / ".work")
    parser.add_argument("--model", type=Path, default=HOME / "sotto-14m")
    parser.add_argument("--rows", type=int, default=64, help="rows of 512 tokens from the start of each held-out set")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    state = torch.load(args.work / "checkpoint.pt", map_location="cpu")
    trained = GPT(state["config"])
    trained.load_state_dict(state["model"])
    exported, _ = load(args.model)
    for name in ("dialogue", "prose"):
        rows = Rows(args.work / f"{name}-val.npy")
        for kind, model, quant in (("float32", trained, False), ("int8", exported, True)):
            every, said = evaluate(model, rows, args.rows, quant, nullcontext, torch.float32, torch.device("cpu"))
            print(
                json.dumps(
                    {
                        "set": name,
                        "kind": kind,
                        "tokens": args.rows * 512,
                        "all": round(every, 4),
                        "assistant": round(said, 4),
                    }
                )
            )


if __name__ == "__main__":
    main()
