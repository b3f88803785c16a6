"""Turn the raw text into a tokenizer and rows of token ids.

Reads  <data>/text/*.txt.gz and <data>/dialogue/sgd-{train,dev}.jsonl.gz
Writes <work>/tokenizer.json, {dialogue,prose}-{train,val}.npy (uint16, rows x 513) and prepare.json
"""

import argparse
import gzip
import hashlib
import json
import random
import re
import sys
import time
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

import prompts

ROOT = Path(__file__).resolve().parents[2]
END, USER, ASSISTANT = "<|end|>", "<|user|>", "<|assistant|>"
VOCAB, ROW = 8192, 513
TEXTS = ["gutenberg-doyle", "gutenberg-nesbit", "gutenberg-wells", "wikinews-en", "wikipedia-en-slice"]
DIALOGUES = ["sgd-train", "sgd-dev"]

STRAIGHT = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "…": "...", "–": "-"})
# What stripped links leave behind: "()", " ,", "the of", a preposition before a full stop, ...
DEBRIS = re.compile(
    r"\(\s*[,;)]|\s[,.;:)]|\(\s|  |,,|\"\"|''|\[|\]|\{|\}|\||<|>|=|\*|_|https?:|www\.|#|~"
    r"|\b([Tt]he|[Aa]n?) (of|and|in|on|at|has|had|was|were|is|are|to|for|by|from|with|that|which|who|or|as)\b"
    r"|\b(of|in|by|from|with|at|for|the|an?|and) ?[.,;:)]"
    r"|\b(of|in|by|from|at|for) (and|of|was|is|has|had|were|to|said|on|for|at|in|by)\b"
    r"|\bwas an? (by|to)\b|\b(and|or) (and|or|,)|^(of|and|in|was|is|has|said|,)\b"
)
SENTENCE_END = re.compile(r"[.!?][\"')]*$")
SENTENCE_GAP = re.compile(r"(?<=[.!?]) (?=[A-Z\"'])")


def die_if_missing(data):
    """Stop with a clear list when a data file is absent."""
    wanted = [data / "text" / f"{n}.txt.gz" for n in TEXTS] + [data / "dialogue" / f"{n}.jsonl.gz" for n in DIALOGUES]
    missing = [str(p) for p in wanted if not p.is_file()]
    if missing:
        sys.exit("missing data (give its folder with --data):\n  " + "\n  ".join(missing))


# --- prose -----------------------------------------------------------------------------------------------------------
def good_paragraph(line, modern):
    """True for a paragraph of ordinary sentences: no heading, list, table or stripped-link debris."""
    if len(line) < (80 if modern else 30) or not SENTENCE_END.search(line) or not re.match(r"[\"'A-Z0-9]", line):
        return False
    if modern and DEBRIS.search(line):
        return False
    if sum(c.isascii() for c in line) < 0.99 * len(line) or sum(c.isdigit() for c in line) > 0.05 * len(line):
        return False
    words = line.split()
    capitals = sum(w[0].isupper() for w in words)
    return capitals < (0.3 if modern else 0.45) * len(words) + 1


def clean(line, modern):
    """One paragraph in plain typography: straight quotes, no emphasis marks, no empty brackets."""
    line = line.strip().translate(STRAIGHT)
    if not modern:
        line = re.sub(r"\[[^]]*\]|_|\*", "", line).replace("--", "—")
    return line


def documents(path):
    """Yields lists of clean paragraphs; a book counts as one document per 12 paragraphs."""
    modern = not path.name.startswith("gutenberg")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for block in file.read().split("\n\n"):
            lines = [clean(x, modern) for x in block.split("\n")]
            if modern:
                body = [x for x in lines[1:] if len(x) >= 60]  # the first line is the title, short ones are headings
                kept = [x for x in body if good_paragraph(x, True)]
                if kept and len(kept) >= 0.7 * len(body) and kept[0] == body[0]:
                    yield kept
            else:
                kept = [x for x in lines if good_paragraph(x, False)]
                for at in range(0, len(kept), 12):
                    yield kept[at : at + 12]


def units(paragraphs):
    """Pieces that may start a row: paragraphs, long ones cut at a sentence end near 1,200 characters."""
    for paragraph in paragraphs:
        piece = ""
        for sentence in SENTENCE_GAP.split(paragraph) if len(paragraph) > 1500 else [paragraph]:
            if piece and len(piece) + len(sentence) > 1200:
                yield piece, " "
                piece = ""
            piece += (" " if piece else "") + sentence
        yield piece, "\n"


# --- dialogues -------------------------------------------------------------------------------------------------------
CITY = {
    "city",
    "destination",
    "location",
    "city_of_event",
    "origin_city",
    "destination_city",
    "origin",
    "from_location",
    "to_location",
    "pickup_city",
    "area",
    "where_to",
}
POOLED = {
    "restaurant_name",
    "hotel_name",
    "movie_name",
    "title",
    "song_name",
    "artist",
    "album",
    "event_name",
    "cuisine",
    "street_address",
    "address",
    "property_name",
    "attraction_name",
    "venue",
    "event_location",
    "pickup_location",
    "theater_name",
    "car_name",
    "amount",
}
PERSON = {"recipient_account_name"}


def dialogues(path):
    """Yields each conversation as a list of (is_user, text, spans)."""
    now, turns = None, []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            turn = json.loads(line)
            name = turn["id"].rsplit("-", 1)[0]
            if name != now and turns:
                yield turns
                turns = []
            now = name
            spans = [(turn["text"][s["start"] : s["end"]], s["label"]) for s in turn["spans"]]
            turns.append((turn["speaker"] == "USER", turn["text"].strip(), spans))
    if turns:
        yield turns


def swap(turns, pools, rng):
    """Replaces names, places and phone numbers by others, the same one all through a conversation.

    Spellings of one thing ("Springhill Suites Fresno", "Springhill Suites") get one replacement. Cities have nicknames
    that no rule finds ("SF", "NYC"), so they stay when a slot of the conversation holds several.
    """
    found = {(text, label) for _, _, spans in turns for text, label in spans if len(text) > 2}
    cities = {}
    for text, label in found:
        if label in CITY:
            cities.setdefault(label, set()).add(text.casefold())
    keep_cities = any(len(names) > 1 for names in cities.values()) or len(set().union(*cities.values())) > 2
    new, words = {}, {}
    for text, label in sorted(found):
        key = text.casefold()
        if key in new:
            continue
        kin = [words[w, label] for w in re.findall(r"\w{4,}", key) if (w, label) in words]
        if label in CITY:
            if keep_cities:
                continue
            value = rng.choice(prompts.CITIES)
        elif kin and label in POOLED:
            value = kin[0]
        elif label == "phone_number":
            value = prompts.phone(rng)
        elif label in PERSON:
            value = rng.choice([rng.choice(prompts.FIRST), prompts.person(rng)])
        elif label in ("doctor_name", "dentist_name"):
            value = "Dr. " + prompts.person(rng)
        elif label in POOLED:
            value = rng.choice(pools[label])
        else:
            continue
        new[key] = value
        words.update({(w, label): value for w in re.findall(r"\w{4,}", key)})
    if not new:
        return turns
    pattern = re.compile(
        r"(?<!\w)(" + "|".join(sorted(map(re.escape, new), key=len, reverse=True)) + r")(?!\w)", re.IGNORECASE
    )
    return [(u, pattern.sub(lambda m: new[m[0].casefold()], t), s) for u, t, s in turns]


def informative(turn):
    """A user turn that states something, not a bare yes or no."""
    _, text, spans = turn
    return (bool(spans) or len(text.split()) >= 7) and not re.match(
        r"(?i)(no|yes|nope|yeah|yep|thank|that('s| is))\b", text
    )


def merge_opening(turns, rng):
    """Joins the first user turns into one when the replies between them were only questions."""
    most = rng.randint(2, 4)
    texts, at = [turns[0][1]], 0
    while (
        len(texts) < most
        and at + 3 < len(turns)
        and turns[at + 1][1].endswith("?")
        and len(turns[at + 1][2]) <= 1
        and informative(turns[at + 2])
    ):
        at += 2
        texts.append(turns[at][1])
    joined = " ".join(t if re.search(r"[.!?]$", t) else t + "." for t in texts)
    return [(True, joined, [])] + turns[at + 1 :]


def later_start(turns, rng):
    """Starts at a later user turn that can be understood on its own."""
    starts = [
        i
        for i, t in enumerate(turns)
        if i
        and t[0]
        and i + 1 < len(turns)
        and len(t[1].split()) >= 8
        and informative(t)
        and re.search(
            r"\b(find|book|looking|want|need|would like|search|reserve|play|buy|transfer|send|show me|schedule)\b", t[1]
        )
        and not re.search(
            r"\b(it|that|there|they|them|this|this one|these|those|other|another|else|also)\b", t[1].lower()
        )
    ]
    return turns[rng.choice(starts) :] if starts else turns


def render(turns):
    """The chat format of the model."""
    return "".join((USER if u else ASSISTANT) + t for u, t, _ in turns) + END


def augmented(corpus, pools, rng, share):
    """One epoch of conversations in random order with the three augmentations mixed in."""
    out = []
    for turns in corpus:
        if rng.random() < 0.6:
            turns = swap(turns, pools, rng)
        if rng.random() < 0.25:
            turns = later_start(turns, rng)
        if rng.random() < 0.4:
            turns = merge_opening(turns, rng)
        if turns[0][0] and len(turns) > 1:
            out.append(render(turns))
    size, made = sum(map(len, out)), 0
    while made < share * size:
        ask, answer = prompts.make(rng)
        out.append(USER + ask + ASSISTANT + answer + END)
        made += len(out[-1])
    rng.shuffle(out)
    return out


# --- rows ------------------------------------------------------------------------------------------------------------
def pack(pieces):
    """Fills rows of 513 ids. Every row starts at the start of a piece; a piece cut by a row's end begins the next one."""
    rows, row = [], []
    for ids in pieces:
        room = ROW - len(row)
        row.extend(ids[:room])
        if len(row) == ROW:
            rows.append(row)
            row = list(ids[:ROW]) if 0 < room < len(ids) and room < ROW else []
            if len(row) == ROW:
                rows.append(row)
                row = []
    return np.array(rows, dtype=np.uint16)


def train_tokenizer(texts):
    """Byte-level BPE, no normalizer, digits one by one."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB,
        special_tokens=[END, USER, ASSISTANT],
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    assert tokenizer.get_vocab_size() == VOCAB and tokenizer.token_to_id(ASSISTANT) == 2
    return tokenizer


def encode(tokenizer, texts):
    """Token ids of many texts."""
    out = []
    for at in range(0, len(texts), 5000):
        out.extend(e.ids for e in tokenizer.encode_batch_fast(texts[at : at + 5000], add_special_tokens=False))
    return out


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / ".work")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--epochs", type=int, default=4, help="differently augmented copies of the dialogues")
    parser.add_argument("--prose-tokens", type=int, default=14_000_000)
    parser.add_argument("--templates", type=float, default=0.08, help="template prompts, share of dialogue characters")
    args = parser.parse_args()
    die_if_missing(args.data)
    args.work.mkdir(parents=True, exist_ok=True)
    rng, began, facts = random.Random(args.seed), time.time(), {"seed": args.seed}

    prose = {"train": [], "val": []}
    for name in TEXTS:
        kept = list(documents(args.data / "text" / f"{name}.txt.gz"))
        facts[name] = {"documents": len(kept), "characters": sum(len(p) for d in kept for p in d)}
        for doc in kept:
            first = int.from_bytes(hashlib.sha256(doc[0].encode()).digest()[:4], "big")
            prose["val" if first % 100 == 0 else "train"].append(doc)
        print(name, facts[name], f"{time.time() - began:.0f} s", flush=True)
    for docs in prose.values():
        rng.shuffle(docs)

    talk = {n: list(dialogues(args.data / "dialogue" / f"{n}.jsonl.gz")) for n in DIALOGUES}
    pools = {
        label: sorted({t for d in talk["sgd-train"] for _, _, s in d for t, lab in s if lab == label})
        for label in POOLED
    }
    epochs = [augmented(talk["sgd-train"], pools, rng, args.templates) for _ in range(args.epochs)]
    heldout = [render(d) for d in talk["sgd-dev"]]

    sample = epochs[0][:9000] + ["\n".join(d) for d in prose["train"][: len(prose["train"]) // 5]]
    tokenizer = train_tokenizer(sample)
    tokenizer.save(str(args.work / "tokenizer.json"))
    print(f"tokenizer {time.time() - began:.0f} s", flush=True)

    def save(name, pieces):
        rows = pack(pieces)
        rng_np = np.random.default_rng(args.seed)
        if name == "prose-train":
            rows = rows[rng_np.permutation(len(rows))]
        np.save(args.work / f"{name}.npy", rows)
        facts[name] = {"rows": len(rows), "tokens": rows.size}
        print(name, facts[name], f"{time.time() - began:.0f} s", flush=True)

    save("dialogue-train", (ids for epoch in epochs for ids in encode(tokenizer, epoch)))
    save("dialogue-val", encode(tokenizer, heldout))
    for part in ("train", "val"):
        texts = []
        budget = args.prose_tokens * 4.4 if part == "train" else 2e6
        for doc in prose[part]:
            pieces = list(units(doc))
            texts.extend(t + (END if i == len(pieces) - 1 else gap) for i, (t, gap) in enumerate(pieces))
            budget -= sum(len(t) for t, _ in pieces)
            if budget < 0:
                break
        save(f"prose-{part}", encode(tokenizer, texts))
    facts["seconds"] = round(time.time() - began)
    (args.work / "prepare.json").write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
