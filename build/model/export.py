"""Write a checkpoint as a Hugging Face GPT-2 folder with 8-bit matrices.

The four Conv1D weights of every block and the token embedding become I8, each with a float32 `<name>_scale` of absmax / 127
per output channel (per column of a Conv1D [in, out], per row of the embedding). Everything else stays float32.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file

from gpt import CONFIG, GPT, LINEARS

HOME = Path(__file__).parent
CHAT = {"turn": {"user": "<|user|>", "assistant": "<|assistant|>", "end": "<|end|>"}}


def quantise(weight, dim):
    """Signed 8-bit values of `weight` and their float32 scales, one per slice along `dim`; halves round to even."""
    scale = weight.abs().amax(dim).clamp_min(1e-12) / 127
    return (weight / scale.unsqueeze(dim)).round().clamp(-127, 127).to(torch.int8), scale


def int8_state(model):
    """Tensors of the exported file."""
    out = {}
    for name, tensor in model.hf_state().items():
        tensor = tensor.detach().float().cpu().contiguous()
        is_table = name == "transformer.wte.weight"
        if is_table or any(name.endswith(f"{x}.weight") for x in LINEARS):
            out[name], out[f"{name}_scale"] = quantise(tensor, 1 if is_table else 0)
        else:
            out[name] = tensor
    return out


def config():
    """config.json of the exported folder."""
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        **CONFIG,
        "n_inner": None,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "tie_word_embeddings": True,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "scale_attn_weights": True,
        "use_cache": True,
        "attn_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "resid_pdrop": 0.0,
        "initializer_range": 0.02,
    }


def tokenizer_config():
    """tokenizer_config.json of the exported folder, with the chat format."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": CONFIG["n_positions"],
        "add_prefix_space": False,
        "bos_token": "<|end|>",
        "eos_token": "<|end|>",
        "unk_token": "<|end|>",
        "clean_up_tokenization_spaces": False,
        "additional_special_tokens": ["<|user|>", "<|assistant|>"],
        "chat_template": "{% for m in messages %}{% if m['role'] == 'user' %}<|user|>{% else %}<|assistant|>{% endif %}{{ m['content'] }}"
        "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}",
        "sotto": CHAT,
    }


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--work", type=Path, default=HOME / ".work", help="folder with checkpoint.pt and tokenizer.json"
    )
    parser.add_argument("--out", type=Path, default=HOME / "sotto-14m")
    args = parser.parse_args()
    state = torch.load(args.work / "checkpoint.pt", map_location="cpu")
    model = GPT(state["config"])
    model.load_state_dict(state["model"])
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.out.parent) as folder:
        new = Path(folder)
        save_file(int8_state(model), new / "model.safetensors", {"format": "pt", "steps": str(state["step"])})
        (new / "config.json").write_text(json.dumps(config(), indent=2) + "\n")
        (new / "tokenizer_config.json").write_text(json.dumps(tokenizer_config(), indent=2) + "\n")
        shutil.copyfile(args.work / "tokenizer.json", new / "tokenizer.json")
        for file in new.iterdir():
            file.chmod(0o644)
            file.replace(args.out / file.name)
    print(f"step {state['step']}: {args.out}, {sum(f.stat().st_size for f in args.out.iterdir()) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
