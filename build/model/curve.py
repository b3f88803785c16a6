"""Thin the training log to a few hundred lines and draw it as sotto-14m/training-curve.svg."""

import argparse
import json
from pathlib import Path

HOME = Path(__file__).parent
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 52, 16, 28, 44
INK = {"training, weighted": "#7a7a7a", "held-out dialogue": "#0b6e69", "held-out prose": "#b4530a"}


def draw(series):
    """An SVG line chart of {name: [(million tokens, loss)]}."""
    points = [p for line in series.values() for p in line]
    most, low, high = max(x for x, _ in points), 1.0, 7.0

    def place(x, y):
        across = LEFT + x / most * (WIDTH - LEFT - RIGHT)
        return f"{across:.1f},{TOP + (high - min(max(y, low), high)) / (high - low) * (HEIGHT - TOP - BOTTOM):.1f}"

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" role="img" '
        'aria-label="Cross-entropy against tokens seen">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for y in range(int(low), int(high) + 1):
        x0, y0 = place(0, y).split(",")
        out.append(
            f'<path d="M{x0},{y0}H{WIDTH - RIGHT}" stroke="#e3e3e3"/><text x="{LEFT - 8}" y="{float(y0) + 4}" text-anchor="end">{y}</text>'
        )
    stride = max(1, round(most / 8))
    for x in range(0, int(most) + 1, stride):
        out.append(
            f'<text x="{place(x, low).split(",")[0]}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x}</text>'
        )
    out.append(f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 8}" text-anchor="middle">million tokens seen</text>')
    out.append(f'<text x="{LEFT - 40}" y="16">loss, nats per token</text>')
    for i, (name, line) in enumerate(series.items()):
        out.append(
            f'<polyline fill="none" stroke="{INK[name]}" stroke-width="2" points="{" ".join(place(*p) for p in line)}"/>'
        )
        out.append(
            f'<text x="{WIDTH - RIGHT - 8}" y="{TOP + 14 + 18 * i}" text-anchor="end" fill="{INK[name]}">{name}</text>'
        )
    return "\n".join([*out, "</svg>", ""])


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path, default=HOME / ".work" / "training-log.jsonl")
    parser.add_argument("--out", type=Path, default=HOME / "sotto-14m")
    args = parser.parse_args()
    lines = [json.loads(x) for x in args.log.read_text().splitlines()]
    steps = [x for x in lines if "loss" in x and "held" not in x]
    stride = max(1, len(steps) // 200)
    keep = {x["step"] for x in steps[::stride]} | {steps[-1]["step"]}
    thin = [x for x in lines if "held" in x or "finished" in x or x["step"] in keep]
    (args.out / "training-log.jsonl").write_text("".join(json.dumps(x) + "\n" for x in thin))
    series = {"training, weighted": [(x["tokens"] / 1e6, x["loss"]) for x in thin if "loss" in x and "held" not in x]}
    for name in ("dialogue", "prose"):
        series[f"held-out {name}"] = [(x["tokens"] / 1e6, x["loss"]) for x in thin if x.get("held") == name]
    (args.out / "training-curve.svg").write_text(draw({k: v for k, v in series.items() if v}))


if __name__ == "__main__":
    main()
