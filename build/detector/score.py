"""Scores `sotto detect` on the development sets with score_spans.py, which defines the figures.

Needs Python's standard library, the data and the scorer; prints one JSON object. `scores.json` is its output for the
committed model; the test suite fails when a score is more than a point below it.
"""

import argparse
import importlib.util
import json
import pathlib

import records

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
# Sets that label names alone.
NAMES_ONLY = {"uner", "wnut"}


def main():
    """Runs the program."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=pathlib.Path, default=SHARED / "data")
    options.add_argument("--scorer", type=pathlib.Path, default=SHARED / "tools/score_spans.py")
    options.add_argument("--node", default="node")
    options.add_argument("--sets", nargs="*", default=[])
    options = options.parse_args()
    records.require(options.data)
    if not options.scorer.exists():
        raise SystemExit(f"missing: {options.scorer}")
    spec = importlib.util.spec_from_file_location("score_spans", options.scorer)
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    command = [options.node, str(ROOT / "main/cli/sotto.ts"), "detect", "--jsonl"]
    made = {}
    for name, rows in sorted(records.dev_sets(options.data).items()):
        if options.sets and name not in options.sets:
            continue
        # Ids may repeat in a sample.
        given = [
            (i, row["text"], [tuple(span[:2]) for span in row["spans"]], [tuple(span) for span in row["ignored"]])
            for i, row in enumerate(rows)
        ]
        keep = (lambda mark, kind, gold: kind in scorer.NAMES) if name in NAMES_ONLY else (lambda *_: True)
        scores = scorer.score(scorer.detect(command, given, keep))
        made[name] = {key: round(value, 4) for key, value in scores.items() if value is not None}
    print(json.dumps(made, indent=2))


if __name__ == "__main__":
    main()
