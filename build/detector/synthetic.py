"""Sentences of our own: words that look like names and are none, and names in forms that the sets have too few of.

Seeded. `synthetic.json` has the templates and what their slots are filled with, names come from the training records
too. Records of set `made` label everything; those of `made-names` label people, places and organisations alone.
"""

import json
import pathlib
import re
import string

WORDS = json.loads((pathlib.Path(__file__).parent / "synthetic.json").read_text(encoding="utf-8"))
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June"] + [
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
SLOT = re.compile(r"\{(\w+)\}")


def records(count, rng, draw, sentence):
    """Records of both sets. `draw(kind)` gives a name of the training records, `sentence()` one without names."""
    made = []
    for index in range(count):
        whole = rng.random() < 0.45
        template = rng.choice(WORDS["made"] if whole else WORDS["made-names"])
        text, spans = filled(template, rng, draw, sentence)
        made.append(
            {
                "id": f"made-{index}",
                "set": "made" if whole else "made-names",
                "text": text,
                "spans": spans,
                "ignored": [],
            }
        )
    return made


def filled(template, rng, draw, sentence):
    """The text and the spans of a template."""
    text, spans, last = "", [], 0
    template = template.replace("|", "\n")
    for match in SLOT.finditer(template):
        text += template[last : match.start()]
        last = match.end()
        kind, value = slot(match[1], rng, draw, sentence)
        if kind:
            spans.append([len(text), len(text) + len(value), [kind]])
        text += value
    return text + template[last:], spans


def slot(name, rng, draw, sentence):
    """The kind, if it has one, and the text of a slot."""
    pick = rng.choice

    def one(values):
        return pick(WORDS[values])

    def letter():
        return pick(string.ascii_uppercase)

    def common():
        return sentence() if rng.random() < 0.6 else one("common")

    def title(text):
        return " ".join(word[:1].upper() + word[1:] for word in text.rstrip(".!?").split()[: rng.randrange(2, 8)])

    def digits(least, most):
        return str(rng.randrange(10 ** (least - 1), 10**most))

    def part(own, position):
        word = draw("person").split()[position]
        return word if rng.random() < 0.5 and len(word) > 2 and word.isalpha() and word != "The" else pick(own)

    def given():
        return part(WORDS["given"], 0)

    def family():
        return part(WORDS["family"], -1)

    def person():
        chance = rng.random()
        if chance < 0.4:
            return draw("person")
        if chance < 0.5:
            double = rng.random() < 0.5
            return f"{given()}-{one('given')} {family()}" if double else f"{given()} {family()}-{one('family')}"
        if chance < 0.6:
            return f"{given()} {letter()}. {family()}"
        return f"{given()} {family()}"

    def town():
        return one("towns") if rng.random() < 0.4 else draw("place")

    def firm():
        return one("firms") if rng.random() < 0.4 else draw("organisation")

    def ident():
        words = [one("identifierHeads")]
        words += [one("identifierTails") for _ in range(rng.randrange(1, 3))]
        form = rng.randrange(3)
        if form == 0:
            return "_".join(words)
        joined = words[0] + "".join(word.capitalize() for word in words[1:])
        return joined if form == 1 else joined[0].upper() + joined[1:]

    def street():
        kind = pick(["Street", "St", "Ave", "Road", "Drive", "Lane", "Blvd", "Way", "Court"])
        return f"{digits(1, 4)} {pick([family(), one('shopNames').split()[0], 'Oak', 'Elm', 'Main', 'W. 4th'])} {kind}"

    def word():
        return one("handleHeads") + one("handleTails")

    makers = {
        "issue": (None, lambda: pick(["#" + digits(1, 3), "no. " + digits(1, 3), digits(2, 3)])),
        "version": (None, lambda: pick(["", "v"]) + ".".join(digits(1, 2) for _ in range(rng.randrange(2, 4)))),
        "hash": (None, lambda: "".join(pick("0123456789abcdef") for _ in range(pick([7, 8])))),
        "n2": (None, lambda: digits(1, 2)),
        "n3": (None, lambda: digits(1, 3)),
        "product": (None, lambda: one("products")),
        "work": (None, lambda: one("works") if rng.random() < 0.5 else title(sentence())),
        "food": (None, lambda: one("foods")),
        "role": (None, lambda: one("roles")),
        "role2": (None, lambda: one("relations")),
        "caps": (None, lambda: one("capitals")),
        "people": (None, lambda: one("peoples")),
        "feast": (None, lambda: one("feasts")),
        "day": (None, lambda: pick(DAYS)),
        "month": (None, lambda: pick(MONTHS)),
        "month3": (None, lambda: pick(MONTHS)[:3]),
        "zone": (None, lambda: pick(["EST", "PST", "CT", "MT", "ET", "Pacific Time", "Eastern", "GMT", "Central"])),
        "code": (None, lambda: one("code") if rng.random() < 0.6 else ident()),
        "ident": (None, ident),
        "heading": (None, lambda: title(common())),
        "title": (None, lambda: title(common())),
        "common": (None, common),
        "upper": (None, lambda: common().upper()),
        "foreign": (None, lambda: one("foreign")),
        "word": (None, word),
        "camel": (None, lambda: pick([title(sentence()).replace(" ", "")[:18], word()])),
        "adj": (None, lambda: one("adjectives")),
        "job": (None, lambda: one("jobs")),
        "time": ("date", lambda: f"{rng.randrange(1, 13)}:{rng.randrange(10, 60)} {pick(['AM', 'PM', 'am'])}"),
        "date": (
            "date",
            lambda: pick(
                [
                    f"{pick(DAYS)}, {pick(MONTHS)} {rng.randrange(1, 29)}, {rng.randrange(1998, 2027)}",
                    f"{rng.randrange(1, 13):02}/{rng.randrange(1, 29):02}/{rng.randrange(1998, 2027)}",
                    f"{rng.randrange(1, 29)} {pick(MONTHS)} {rng.randrange(1998, 2027)}",
                    f"{pick(DAYS)[:3]}, {pick(MONTHS)[:3]} {rng.randrange(1, 29)}",
                ]
            ),
        ),
        "person": ("person", person),
        "given": ("person", given),
        "family": ("person", family),
        "lastfirst": ("person", lambda: f"{family()}, {given()}" + pick(["", "", f" {letter()}."])),
        "initials": ("person", lambda: pick([f"{letter()}. {family()}", f"{given()} {letter()}."])),
        "low": ("person", lambda: given().lower()),
        "lowfull": ("person", lambda: f"{given()} {family()}".lower()),
        "lowplace": ("place", lambda: town().lower()),
        "lowfirm": ("organisation", lambda: pick([firm(), f"{one('shopNames')} {one('trades')}"]).lower()),
        "lowstreet": ("address", lambda: street().lower()),
        "firm": ("organisation", firm),
        "biz": (
            "organisation",
            lambda: pick(
                [
                    f"{one('shopNames')} {one('trades')}",
                    f"{given()}'s {one('trades')}",
                    f"{family()} {one('trades')}",
                    f"{one('shopNames')} {one('shopNames')}",
                ]
            ),
        ),
        "town": ("place", town),
        "street": ("address", street),
        "zip": ("address", lambda: str(rng.randrange(10000, 99999))),
        "gerstreet": (
            "address",
            lambda: (
                f"{pick([*WORDS['germanStreets'], family()])}{one('germanWays')} {digits(1, 2)}{pick(['', '', 'a'])}"
            ),
        ),
        "frstreet": ("address", lambda: f"{digits(1, 2)} {one('frenchWays')} {one('frenchStreets')}"),
        "esstreet": (
            "address",
            lambda: f"{one('spanishWays')} {pick([*WORDS['spanishStreets'], family()])} {digits(1, 2)}",
        ),
        "itstreet": (
            "address",
            lambda: f"{one('italianWays')} {pick([*WORDS['italianStreets'], family()])} {digits(1, 2)}",
        ),
        "email": ("contact", lambda: re.sub(r"[^a-z.]", "", f"{given()}.{family()}".lower()) + "@" + one("domains")),
        "handle": ("contact", lambda: f"{word()}{digits(1, 3)}"),
        "phone": ("contact", lambda: f"({digits(3, 3)}) {digits(3, 3)}-{digits(4, 4)}"),
    }
    kind, make = makers[name]
    return kind, make()
