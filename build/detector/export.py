"""Checkpoint to app/detect/weights: the classifier as int8 ONNX, its vocabulary, and what the program must know of it.

Matrices are quantized per column, to seven bits: then sums of eight-bit products overflow on no processor, and a page
and a desktop processor give the same tags. Thresholds come from thresholds.py; those that are there stay.
"""

import argparse
import json
import pathlib
import tempfile

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

import labels
import windows as W
from model import SHAPES, Detector

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
    model = Detector(**saved["config"])
    # What shrink.py wrote was not trained on yet and has no mean.
    model.load_state_dict(saved.get("average", saved["model"]))
    model.eval()
    options.out.mkdir(parents=True, exist_ok=True)
    target = options.out / "detector.onnx"
    with tempfile.TemporaryDirectory() as folder:
        full = pathlib.Path(folder) / "full.onnx"
        write_full(model, full)
        quantize_dynamic(
            full,
            target,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gather"],
            per_channel=True,
            reduce_range=True,
            extra_options={"MatMulConstBOnly": True},
        )
        agree(full, target, len(vocabulary))
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


def write_full(model, path):
    """Writes the classifier in float32."""
    ids = torch.randint(4, 1000, (1, 24), dtype=torch.int32)
    axes = {name: {1: "tokens"} for name in ("ids", "shapes", "logits")}
    torch.onnx.export(
        model,
        (ids, ids % SHAPES),
        path,
        input_names=["ids", "shapes"],
        output_names=["logits"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )


def agree(full, small, vocabulary):
    """Prints how often the quantized classifier gives another tag, on random pieces."""
    rng = np.random.default_rng(1)
    sessions = [onnxruntime.InferenceSession(str(path)) for path in (full, small)]
    same = []
    for _ in range(20):
        ids = rng.integers(4, vocabulary, (1, 120)).astype(np.int32)
        tags = [session.run(None, {"ids": ids, "shapes": ids % 28})[0].argmax(-1) for session in sessions]
        same.append((tags[0] == tags[1]).mean())
    print(f"the same tag for {np.mean(same):.4f} of random pieces")


if __name__ == "__main__":
    main()
