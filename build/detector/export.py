"""Checkpoint to app/detect/weights: the classifier as int8 ONNX, its vocabulary, and what the program must know of it.

Thresholds come from thresholds.ts; those that are there stay.
"""

import argparse
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch

import graph
import labels
import windows as W
from model import Detector

WEIGHTS = pathlib.Path(__file__).resolve().parents[2] / "app/detect/weights"
# Kinds of the model that the program tells apart further.
COARSE = {"contact", "id"}


def main():
    """Runs the program."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".work"))
    options.add_argument("--out", type=pathlib.Path, default=WEIGHTS)
    options = options.parse_args()
    vocabulary = (options.work / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    saved = torch.load(options.work / "checkpoint.pt", weights_only=False, map_location="cpu")
    if "gate" not in saved:
        raise SystemExit("the checkpoint has no gate: run gate.py")
    model = Detector(**saved["config"])
    model.load_state_dict(saved["average"])
    model.eval()
    options.out.mkdir(parents=True, exist_ok=True)
    target = options.out / "detector.onnx"
    onnx.save(graph.graph_of(model.state_dict(), saved["config"], saved["gate"]), target)
    agree(model, target, len(vocabulary))
    (options.out / "vocabulary.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    facts = options.out / "detector.json"
    old = json.loads(facts.read_text())["thresholds"] if facts.exists() else {}
    facts.write_text(
        json.dumps(
            {
                "tags": labels.TAGS,
                "length": W.LENGTH,
                "thresholds": {kind: old.get(kind, 0.5) for kind in labels.KINDS},
                "kinds": {kind: None if kind in COARSE else kind for kind in labels.KINDS},
            },
            indent=2,
        )
        + "\n"
    )
    print(f"{target.stat().st_size} bytes after {saved['seen']} tokens of training")


def agree(model, target, vocabulary):
    """Prints how often the quantized classifier gives the tag that the checkpoint gives, on random pieces."""
    rng = np.random.default_rng(1)
    session = onnxruntime.InferenceSession(str(target))
    same = []
    for _ in range(20):
        ids = rng.integers(4, vocabulary, (1, 120)).astype(np.int32)
        (logits,) = session.run(None, {"ids": ids, "shapes": ids % 28})
        with torch.no_grad():
            wanted = model(torch.from_numpy(ids), torch.from_numpy(ids % 28))
        same.append((logits.argmax(-1) == wanted.numpy().argmax(-1)).mean())
    print(f"the same tag for {np.mean(same):.4f} of random pieces")


if __name__ == "__main__":
    main()
