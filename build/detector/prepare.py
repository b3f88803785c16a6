"""Writes what train.py reads: records of all sets and of plain text, and the vocabulary that is kept."""

import argparse
import collections
import gzip
import json
import pathlib
import random
import re

from tokenizers import Tokenizer

import gazetteer
import records
import synthetic
import windows

CLEAN_TEXTS = ["wikinews-en", "wikipedia-en-slice", "gutenberg-doyle", "gutenberg-wells"]


def main():
    """Runs the program."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=pathlib.Path, required=True)
    options.add_argument("--minilm", type=pathlib.Path, required=True, help="folder of all-MiniLM-L6-v2")
    options.add_argument("--out", type=pathlib.Path, default=pathlib.Path(".work"))
    options.add_argument(
        "--vocabulary", type=pathlib.Path, help="pieces to keep in any case, those of a checkpoint to go on from"
    )
    options.add_argument("--pieces", type=int, default=14_800, help="size of the vocabulary")
    options = options.parse_args()
    records.require(options.data, [*records.FILES, *(f"text/{name}.txt.gz" for name in CLEAN_TEXTS)])
    options.out.mkdir(parents=True, exist_ok=True)
    train = records.train_records(options.data)
    clean = clean_text(options.data, 16000)
    names = gazetteer.surfaces(options.data)
    (options.out / "surfaces.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
    pool, rng = windows.Pool(train, names), random.Random(9)
    train += clean + gazetteer.sentences(options.data, names, 8000, rng)
    train += synthetic.records(14000, rng, lambda kind: pool.draw(rng, kind), lambda: rng.choice(clean)["text"])
    dev = records.dev_sets(options.data)
    for name, rows in [("train", train)] + [(f"dev-{k}", v) for k, v in dev.items()]:
        with open(options.out / f"{name}.jsonl", "w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(name, len(rows), sum(len(r["text"]) for r in rows))
    vocabulary = pruned(options, train)
    (options.out / "vocabulary.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    print("vocabulary", len(vocabulary))


def pruned(options, train):
    """The encoder's pieces that occur most in the records and in plain text, and every piece of one ASCII character."""
    full = Tokenizer.from_file(str(options.minilm / "tokenizer.json")).get_vocab()
    pieces = sorted(full, key=full.get)
    tokenizer = windows.make_tokenizer(pieces)
    count = collections.Counter()
    texts = [record["text"] for record in train]
    for name in CLEAN_TEXTS[:2]:
        with gzip.open(options.data / f"text/{name}.txt.gz", "rt", encoding="utf-8") as file:
            texts += [line for _, line in zip(range(20_000), file, strict=False)]
    for begin in range(0, len(texts), 2000):
        for encoding in tokenizer.encode_batch(
            [text[:5000] for text in texts[begin : begin + 2000]], add_special_tokens=False
        ):
            count.update(encoding.ids)
    special = {windows.PAD, windows.UNKNOWN, windows.BEGIN, windows.END}
    kept = {piece for piece in pieces if piece in special or (len(piece.removeprefix("##")) == 1 and piece.isascii())}
    if options.vocabulary:
        kept |= set(options.vocabulary.read_text(encoding="utf-8").strip().split("\n"))
    ordered = sorted(pieces, key=lambda piece: (-count[full[piece]], full[piece]))
    kept |= set([piece for piece in ordered if piece not in kept][: options.pieces - len(kept)])
    return [piece for piece in pieces if piece in kept]


WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")


def clean_text(data, count):
    """Sentences without names: no digit, no capital save the first letter, and a first word that is mostly written small."""
    sentences, small, large = [], collections.Counter(), collections.Counter()
    for name in CLEAN_TEXTS:
        with gzip.open(data / f"text/{name}.txt.gz", "rt", encoding="utf-8") as file:
            for line in file:
                for sentence in re.split(r"(?<=[.!?]) +", line.strip()):
                    words = WORD.findall(sentence)
                    small.update(word for word in words if word[0].islower())
                    large.update(word.lower() for word in words[1:] if word[0].isupper())
                    if (
                        25 < len(sentence) < 300
                        and sentence[0].isupper()
                        and sentence[1:] == sentence[1:].lower()
                        and not any(c.isdigit() for c in sentence)
                    ):
                        sentences.append((name, sentence, words[0].lower()))

    def ordinary(word):
        return small[word] > 20 and large[word] * 10 < small[word]

    kept = collections.defaultdict(list)
    for name, sentence, first in sentences:
        if ordinary(first):
            kept[name].append(sentence)
    rng = random.Random(8)
    made = []
    for name, rows in kept.items():
        for i, text in enumerate(rng.sample(rows, min(len(rows), count // len(CLEAN_TEXTS)))):
            chance = rng.random()
            if chance < 0.14:
                text = heading(text, rng)
            elif chance < 0.34:
                text = emphasised(text, rng)
            elif chance < 0.46:
                text = exclaimed(text, rng)
            elif chance < 0.50:
                text = text.upper()
            made.append({"id": f"{name}-{i}", "set": "clean", "text": text, "spans": [], "ignored": []})
    return made


def heading(sentence, rng):
    """A few words of a sentence as a heading: they have capitals and are no names."""
    words = sentence.rstrip(".!?").split()
    words = words[: rng.randrange(2, 9)]
    return " ".join(word[:1].upper() + word[1:] if len(word) > 3 or rng.random() < 0.4 else word for word in words)


def emphasised(sentence, rng):
    """A sentence in which up to three words have capitals, at their beginning or all through, and are no names."""
    words = sentence.split()
    first = rng.randrange(len(words))
    whole = rng.random() < 0.5
    for at in range(first, min(len(words), first + rng.choice([1, 1, 2, 3]))):
        words[at] = words[at].upper() if whole else words[at][:1].upper() + words[at][1:]
    return " ".join(words)


def exclaimed(sentence, rng):
    """Some words of a sentence as people call out: `Very good indeed!!`."""
    words = sentence.rstrip(".!?").split()
    first = rng.randrange(len(words))
    text = " ".join(words[first : first + rng.randrange(1, 7)]).strip(",;:-—\"'()")
    text = text.upper() if rng.random() < 0.15 else text[:1].upper() + text[1:]
    return text + rng.choice(["!", "!!", ".", "", " !", "...", " :)"])


if __name__ == "__main__":
    main()
