"""Names that the plain texts themselves call people, places and organisations, and sentences that have them.

The texts have no labels. Forms that hardly ever mean something else are taken: `Name (born ...`, `the city of Name`,
a run of capitals that ends in `University`. In a sentence every other capital is left untaught.
"""

import collections
import gzip
import re

WORD = r"[A-ZÀ-Þ][\w'’&-]+"
PERSON = re.compile(
    rf"(?:^|\n)((?:{WORD}|[A-Z]\.)(?: (?:{WORD}|[A-Z]\.)){{1,3}}) \((?:born|\d{{1,2}} [A-Z]|[A-Z][a-z]+ \d|c\. \d)"
)
SPEAKER = re.compile(rf"\b(?:spokes(?:wo)?man|Senator|Secretary|President|Minister|Officer|Governor) ({WORD} {WORD})\b")
PLACE = re.compile(rf"\b(?:city|town|village|district|province|state|island|county|port) of ({WORD}(?: {WORD})?)\b")
ORGANISATION = re.compile(
    rf"(?<=[a-z] )((?:{WORD} (?:of |and |for )?){{1,4}}(?:Company|Corporation|University|Council|Department|Committee|"
    r"Party|Association|Institute|Bank|Ministry|Inc|Ltd|Agency|Foundation|Airlines|Hospital|Commission|Authority|Club|"
    r"College|Records|Services|Museum|School|Society))\b"
)
# What stands before a name, or instead of one.
NOT_FIRST = re.compile(
    r"(?:The|A|An|In|On|At|For|By|From|With|As|If|But|And|When|While|Though|After|Before|He|She|It|They|We|You|I|His|Her|Its|Their|"
    r"This|That|These|Those|President|Minister|Prime|Last|Next|Former|Mr|Mrs|Ms|Dr|Sir|Saint|New|First|Second)$"
)
TEXTS = ["wikinews-en", "wikipedia-en-slice"]


def surfaces(data):
    """Sorted names by kind."""
    made = {"person": set(), "place": set(), "organisation": set()}
    small = collections.Counter()
    for name in TEXTS:
        with gzip.open(data / f"text/{name}.txt.gz", "rt", encoding="utf-8") as file:
            text = file.read()
        made["person"] |= set(PERSON.findall(text)) | set(SPEAKER.findall(text))
        made["place"] |= set(PLACE.findall(text))
        made["organisation"] |= {found.strip() for found in ORGANISATION.findall(text)}
        small.update(re.findall(r"\b[a-z]{3,}\b", text[:20_000_000]))
    return {
        kind: sorted(found for found in values if is_name(found) and small[found.lower()] < 20)
        for kind, values in made.items()
    }


def is_name(found):
    """Whether a form's match is no more than the name."""
    words = found.split()
    return not (
        NOT_FIRST.match(words[0])
        or len(found) > 60
        or "'s" in found
        or re.search(
            r"\b(?:Member|Director|Chairman|Head|January|February|March|April|May|June|July|August) ", found + " "
        )
        or re.search(r"(?:day|ian|ican|ish|aeli|ese)$|^(?:[A-Z][a-z]*mber|October)", found)
    )


CAPITALS = re.compile(r"(?:[A-ZÀ-Þ][\w'’&.-]*)(?:[ -](?:(?:of|and|the|de|la|van|von|del) )?[A-ZÀ-Þ][\w'’&.-]*)*")


def sentences(data, known, count, rng):
    """Records of sentences in which a known name stands; what else has a capital or a digit teaches nothing."""
    kinds = {}
    for kind, values in known.items():
        for value in values:
            kinds.setdefault(value, set()).add(kind)
    found = []
    for name in TEXTS:
        with gzip.open(data / f"text/{name}.txt.gz", "rt", encoding="utf-8") as file:
            for line in file:
                for text in re.split(r"(?<=[a-z]{3}[.!?]) +", line.strip()):
                    if not 40 < len(text) < 260 or text[-1] not in ".!?" or " " not in text:
                        continue
                    made = labelled(text, kinds)
                    if made["spans"]:
                        found.append({"id": f"{name}-named-{len(found)}", **made})
    return rng.sample(found, min(count, len(found)))


def labelled(text, kinds):
    """A record of set `plain`."""
    spans, ignored = [], []
    for match in CAPITALS.finditer(text):
        value = match[0].rstrip(".")
        if value in kinds:
            # A word alone may be named after what has the name.
            of = sorted(kinds[value]) if " " in value else ["organisation", "person", "place"]
            spans.append([match.start(), match.start() + len(value), of])
        else:
            ignored.append([match.start(), match.end()])
    return {"set": "plain", "text": text, "spans": spans, "ignored": ignored}
