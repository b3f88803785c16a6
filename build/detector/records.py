"""Reads the labelled sets into records: text, spans with the kinds that they may be, stretches that teach nothing.

Needs Python's standard library alone. `dev_sets` is what scores are taken on; none of it is trained on.
"""

import argparse
import collections
import gzip
import hashlib
import json
import pathlib
import random
import re

import labels

FILES = [
    "pii/pii-anon-dev.jsonl",
    "pii/presidio-synth-v2-dev.jsonl",
    "pii/uner-ewt-train.jsonl",
    "pii/uner-ewt-dev.jsonl",
    "pii/wnut17-train.jsonl",
    "pii/wnut17-dev.jsonl",
    "dialogue/sgd-train.jsonl.gz",
    "dialogue/sgd-dev.jsonl.gz",
]


def require(data, names=FILES):
    """Ends the program with the names of files that are not there."""
    missing = [name for name in names if not (data / name).exists()]
    if missing:
        raise SystemExit(f"missing under {data}: {', '.join(missing)}")


def train_records(data):
    """Records that may be trained on."""
    made = [record for record in [*presidio(data), *pii_anon(data)] if not record.pop("dev")]
    made += simple(data / "pii/uner-ewt-train.jsonl", "uner", labels.UNER)
    made += simple(data / "pii/wnut17-train.jsonl", "wnut", labels.WNUT)
    return made + sgd(data / "dialogue/sgd-train.jsonl.gz", 60000)


def dev_sets(data):
    """Records by set. The synthetic ones are split by template, so that none of their templates was trained on."""
    made = collections.defaultdict(list)
    for record in [*presidio(data), *pii_anon(data)]:
        if record.pop("dev"):
            made[record["set"]].append(record)
    made["uner"] += simple(data / "pii/uner-ewt-dev.jsonl", "uner", labels.UNER)
    made["wnut"] += simple(data / "pii/wnut17-dev.jsonl", "wnut", labels.WNUT)
    made["sgd"] += sgd(data / "dialogue/sgd-dev.jsonl.gz", 3000)
    return dict(made)


def lines(path):
    """The objects of a JSON Lines file, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def record(source, row, mapping, clean=frozenset()):
    """A row with the kinds that `mapping` gives its labels; labels in `clean` are not sensitive."""
    spans, ignored = [], []
    for span in row["spans"]:
        if span["label"] in clean:
            continue
        kinds = mapping.get(span["label"])
        if kinds is None:
            ignored.append([span["start"], span["end"]])
        else:
            spans.append([span["start"], span["end"], kinds])
    return {
        "id": row["id"],
        "set": source,
        "text": row["text"],
        "spans": sorted(spans, key=lambda s: s[:2]),
        "ignored": ignored,
    }


def share(text, parts):
    """A stable number from 0 to parts - 1."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % parts


def presidio(data):
    """The synthetic sentences; a quarter of their templates is for development."""
    for row in lines(data / "pii/presidio-synth-v2-dev.jsonl"):
        yield {**record("presidio", row, labels.PRESIDIO), "dev": share(f"template {row['template']}", 4) == 0}


# Some records leave these unlabelled: outside spans they teach nothing.
MAYBE = re.compile(
    r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|[+(]?\d[\d ().-]{7,}\d|[\w.+-]+@[\w-]+\.\w+|\b[A-Za-z0-9_-]{20,}\b|\b\d{1,3}(?:\.\d{1,3}){3}\b"
)


def pii_anon(data):
    """Records are made from templates: a template's fingerprint, numbers and names taken out, decides about the split."""
    for row in lines(data / "pii/pii-anon-dev.jsonl"):
        shape = row["text"]
        for span in sorted(row["spans"], key=lambda s: -s["start"]):
            shape = shape[: span["start"]] + "#" + shape[span["end"] :]
        shape = re.sub(r"[\d#]+", "#", shape)[:60]
        made = {**record("pii-anon", row, labels.PII_ANON), "dev": share(shape, 6) == 0}
        if not made["dev"]:
            made["ignored"] += unlabelled(made)
        yield made


def unlabelled(made):
    """Stretches that look like values and have no label."""
    for match in MAYBE.finditer(made["text"]):
        if not any(a < match.end() and match.start() < b for a, b, _ in made["spans"]):
            yield [match.start(), match.end()]


def simple(path, source, mapping):
    """Records of a set that needs no more than its labels mapped."""
    for row in lines(path):
        yield record(source, row, mapping)


def sgd(path, count):
    """A sample of dialogue turns, three quarters of them with something in them."""
    rows = [record("sgd", row, labels.SGD, labels.SGD_CLEAN) for row in lines(path)]
    # Turns without a span are half of the set and mostly alike.
    random.seed(7)
    full = [r for r in rows if r["spans"] or r["ignored"]]
    empty = [r for r in rows if not r["spans"] and not r["ignored"]]
    return random.sample(full, min(len(full), count * 3 // 4)) + random.sample(empty, min(len(empty), count // 4))


def main():
    """Prints the records for development, one JSON object a line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=pathlib.Path, required=True)
    data = options.parse_args().data
    require(data)
    for rows in dev_sets(data).values():
        for row in rows:
            print(json.dumps(row))


if __name__ == "__main__":
    main()
