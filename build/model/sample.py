"""Continue prompts with the exported int8 folder, in the arithmetic that inference uses (8-bit weights, 8-bit rows).

A prompt is one user turn; with --prose it is plain text to continue. --card prints the samples of the model card.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from gpt import GPT

HOME = Path(__file__).parent
END, USER, ASSISTANT = 0, 1, 2
CARD = [
    ("chat", "Find me an Italian restaurant in San Jose."),
    (
        "chat",
        "Please book a table for two at 7 pm tonight for Maria Keller, phone 415-555-0132, card 4111 1111 1111 1111.",
    ),
    ("chat", "I need to see a dentist next Tuesday at 10 am. My name is Daniel Okafor."),
    ("chat", "Send a message to Aisha Rahman that I will be late for dinner."),
    ("chat", "Remind me to take my medicine at 9 pm."),
    ("chat", "What is the weather like in Seattle tomorrow?"),
    ("chat", "Transfer $250 to Tom Becker from my savings account."),
    ("prose", "The old man walked slowly down to the harbour, and"),
    ("prose", "The city council announced on Tuesday that"),
    ("prose", "The river rises in the mountains of"),
]


def load(folder):
    """The model and tokenizer of an exported folder; 8-bit matrices are scaled back to floats."""
    tensors = load_file(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    model, state = GPT(config), {}
    for name, tensor in tensors.items():
        if name.endswith("_scale"):
            continue
        if tensor.dtype == torch.int8:
            scale = tensors[f"{name}_scale"]
            tensor = tensor.float() * (scale[:, None] if name == "transformer.wte.weight" else scale)
        short = name.removeprefix("transformer.")
        state[{"wte.weight": "wte", "wpe.weight": "wpe"}.get(short, short)] = tensor
    model.load_state_dict(state)
    return model.eval(), Tokenizer.from_file(str(folder / "tokenizer.json"))


@torch.no_grad()
def generate(model, ids, count, temperature, top_k, seed):
    """Up to `count` new ids after `ids`; stops before <|end|> and <|user|>. Temperature 0 takes the likeliest."""
    source, out = torch.Generator().manual_seed(seed), list(ids)
    for _ in range(min(count, 512 - len(ids))):
        logits = model.logits(torch.tensor([out]), quant=True)[0]
        if temperature == 0:
            token = logits.argmax().item()
        else:
            best = logits.topk(top_k)
            token = best.indices[torch.multinomial((best.values / temperature).softmax(0), 1, generator=source)].item()
        if token in (END, USER):
            break
        out.append(token)
    return out[len(ids) :]


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prompt", nargs="*")
    parser.add_argument("--model", type=Path, default=HOME / "sotto-14m")
    parser.add_argument("--prose", action="store_true")
    parser.add_argument("--card", action="store_true")
    parser.add_argument("--tokens", type=int, default=70)
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--top-k", type=int, default=40)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    model, tokenizer = load(args.model)
    wanted = CARD if args.card else [("prose" if args.prose else "chat", p) for p in args.prompt]
    for kind, prompt in wanted:
        ids = tokenizer.encode(prompt, add_special_tokens=False).ids
        ids = ids if kind == "prose" else [USER, *ids, ASSISTANT]
        new = generate(model, ids, args.tokens, args.temperature, args.top_k, args.seed)
        print(f"[{kind}] {prompt}\n  -> {tokenizer.decode(new)}\n")


if __name__ == "__main__":
    main()
