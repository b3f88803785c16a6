"""Records to windows of tokens: augmentation, tokens with case features, and the tags that each token may have."""

import re

import numpy as np
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece

import labels

LENGTH = 160
OVERLAP = 40
LABELLED_BY_PEOPLE = {"presidio", "pii-anon", "uner", "wnut", "sgd"}
PAD, UNKNOWN, BEGIN, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"


def make_tokenizer(vocabulary):
    """vocabulary: list of pieces; the order is the ids'."""
    tokenizer = Tokenizer(
        WordPiece({piece: i for i, piece in enumerate(vocabulary)}, unk_token=UNKNOWN, max_input_chars_per_word=100)
    )
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def shape_of(text, start, end, piece_continues):
    """What the uncased encoder does not see: the case of a piece, and what stands before it."""
    part = text[start:end]
    letters = [c for c in part if c.isalpha()]
    if any(c.isdigit() for c in part):
        shape = 5
    elif not letters:
        shape = 6
    elif all(c.islower() for c in letters):
        shape = 1
    elif len(letters) > 1 and all(c.isupper() for c in letters):
        shape = 3
    elif letters[0].isupper() and all(not c.isupper() for c in letters[1:]):
        shape = 2
    elif any(c.isupper() for c in letters):
        shape = 4
    else:
        shape = 7
    if piece_continues:
        before = 0
    elif start == 0 or text[start - 1] == "\n":
        before = 2
    elif text[start - 1].isspace():
        before = 1
    else:
        before = 3
    return shape * 4 + before


class Pool:
    """Surfaces of each kind from the training records and from plain text, for swaps."""

    def __init__(self, records, surfaces):
        self.by_kind = {(kind, "plain"): values for kind, values in surfaces.items()}
        for record in records:
            if record["set"] not in LABELLED_BY_PEOPLE:
                continue
            for start, end, kinds in record["spans"]:
                if len(kinds) == 1 and kinds[0] in ("person", "place", "organisation", "address"):
                    surface = record["text"][start:end]
                    if "\n" not in surface and any(c.isupper() for c in surface):
                        self.by_kind.setdefault((kinds[0], record["set"]), set()).add(detokenised(surface))
        self.by_kind = {key: sorted(values) for key, values in self.by_kind.items() if len(values) > 20}

    def draw(self, rng, kind):
        choices = [values for (k, _), values in self.by_kind.items() if k == kind]
        surface = rng.choice(rng.choice(choices))
        if kind == "person" and rng.random() < 0.25:
            words = surface.split()
            if len(words) > 1:
                surface = rng.choice([words[0], words[-1], f"{words[0][0]}. {words[-1]}", f"{words[-1]}, {words[0]}"])
        return surface


def detokenised(text):
    """Text whose tokens were joined by spaces, as people write it."""
    text = re.sub(r" ([.,;:!?%)\]}]|n't|n ' t|'(?:s|re|ve|ll|d|m)\b)", r"\1", text)
    text = re.sub(r" ' (s|re|ve|ll|d|m|t)\b", r"'\1", text)
    return re.sub(r"([(\[{$#@]) ", r"\1", text)


def replaced(record, edits):
    """edits: [(start, end, new)] disjoint and sorted. Offsets of spans move along."""
    text, out, moves, last = record["text"], [], [], 0
    for start, end, new in edits:
        out += [text[last:start], new]
        moves.append((start, end, len(new) - (end - start)))
        last = end
    out.append(text[last:])

    def to(offset, is_end):
        shift = 0
        for start, end, delta in moves:
            if offset >= end and offset != start:
                shift += delta
            elif offset > start:
                shift += min(0, delta) if not is_end else delta
        return offset + shift

    spans = [[to(a, False), to(b, True), kinds] for a, b, kinds in record["spans"]]
    ignored = [[to(a, False), to(b, True)] for a, b in record["ignored"]]
    return {**record, "text": "".join(out), "spans": spans, "ignored": ignored}


GLUE = re.compile(
    r" (?=[.,;:!?%)\]}])| (?=n't\b)| (?='(?:s|re|ve|ll|d|m)\b)|(?<=[(\[{$]) |(?<= ') (?=(?:s|re|ve|ll|d|m|t)\b)"
)


def augmented(record, rng, pool):
    """A record as it might also have been written: other names, other case, spaces where they belong."""
    if record["set"] in ("uner", "wnut") and rng.random() < 0.5:
        record = replaced(record, [(m.start(), m.end(), "") for m in GLUE.finditer(record["text"])])
    if record["spans"] and rng.random() < 0.4:
        edits, last = [], 0
        for start, end, kinds in record["spans"]:
            if start < last:
                continue
            if len(kinds) == 1 and kinds[0] in ("person", "place", "organisation", "address") and rng.random() < 0.6:
                if kinds[0] in ("place", "organisation") and record["set"] == "sgd" and rng.random() < 0.5:
                    continue
                edits.append((start, end, pool.draw(rng, kinds[0])))
                last = end
        record = replaced(record, edits)
    chance = rng.random()
    if chance < 0.10:
        record = {**record, "text": lowered(record["text"])}
    elif chance < 0.12:
        record = {**record, "text": "".join(c.upper() if len(c.upper()) == 1 else c for c in record["text"])}
    elif chance < 0.16:
        # Names in lower case in a text that is cased otherwise.
        text = list(record["text"])
        for start, end, _ in record["spans"]:
            text[start:end] = lowered("".join(text[start:end]))
        record = {**record, "text": "".join(text)}
    elif chance < 0.19:
        # As a heading, in which a capital says nothing.
        text = re.sub(r"(?<![\w'’])[a-z](?=\w{2})", lambda match: match[0].upper(), record["text"])
        record = {**record, "text": text}
    return record


def lowered(text):
    """Lower case without a change of length."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def joined(records, rng):
    """Several short records behind each other, as turns and lines of a longer text."""
    made, group, size = [], [], 0
    limit = rng.randrange(40, 600)
    for record in records:
        if group and size + len(record["text"]) > limit:
            made.append(group)
            group, size, limit = [], 0, rng.randrange(40, 600)
        group.append((record, rng.choice([" ", "\n", "\n\n", " "])))
        size += len(record["text"])
    if group:
        made.append(group)
    return made


def windows(groups, tokenizer):
    """Yields (ids, shapes, allowed) arrays of at most LENGTH tokens, begin and end tokens included."""
    begin, end = tokenizer.token_to_id(BEGIN), tokenizer.token_to_id(END)
    texts = ["".join(record["text"] + glue for record, glue in group)[:200_000] for group in groups]
    for group, text, encoding in zip(
        groups, texts, tokenizer.encode_batch(texts, add_special_tokens=False), strict=False
    ):
        offsets, ids = encoding.offsets, encoding.ids
        if not ids:
            continue
        words = encoding.word_ids
        continues = [i > 0 and words[i] == words[i - 1] for i in range(len(ids))]
        shapes = [shape_of(text, a, b, c) for (a, b), c in zip(offsets, continues, strict=False)]
        allowed = targets(group, offsets)
        step = LENGTH - 2 - OVERLAP
        for start in range(0, max(1, len(ids) - OVERLAP), step):
            stop = start + LENGTH - 2
            yield (
                np.array([begin] + ids[start:stop] + [end], np.int64),
                np.array([0] + shapes[start:stop] + [0], np.int64),
                np.array([labels.ALL] + allowed[start:stop] + [labels.ALL], np.int64),
            )


def targets(group, offsets):
    """Bit masks of the tags that each token may have."""
    allowed, base = [labels.ALL] * len(offsets), 0
    at = 0
    for record, glue in group:
        end = base + len(record["text"])
        free = 1
        for kind in labels.KINDS:
            if kind not in labels.LABELLED[record["set"]]:
                free |= (1 << labels.tag("B", kind)) | (1 << labels.tag("I", kind))
        first = at
        while at < len(offsets) and offsets[at][0] < end:
            allowed[at] = free
            at += 1
        for a, b, kinds in record["spans"]:
            begun = False
            for i in range(first, at):
                if offsets[i][0] < base + b and base + a < offsets[i][1]:
                    part = "I" if begun else "B"
                    allowed[i] = sum(1 << labels.tag(part, kind) for kind in kinds)
                    begun = True
        for a, b in record["ignored"]:
            for i in range(first, at):
                if offsets[i][0] < base + b and base + a < offsets[i][1]:
                    allowed[i] = labels.ALL
        base = end + len(glue)
    return allowed


def batches(rows, tokens, rng):
    """Rows of like length together; tokens: padded size of a batch."""
    rows = sorted(rows, key=lambda row: len(row[0]) + rng.random() * 8)
    made, group = [], []
    for row in rows:
        if group and (len(group) + 1) * len(row[0]) > tokens:
            made.append(group)
            group = []
        group.append(row)
    if group:
        made.append(group)
    rng.shuffle(made)
    return made


def padded(group):
    """Arrays [rows, tokens] of ids, shapes and allowed tags, and the lengths of the rows."""
    width = max(len(row[0]) for row in group)
    ids, shapes, allowed = (np.zeros((len(group), width), np.int64) for _ in range(3))
    for i, row in enumerate(group):
        for into, values in zip((ids, shapes, allowed), row, strict=False):
            into[i, : len(values)] = values
    return ids, shapes, allowed, np.array([len(row[0]) for row in group])
