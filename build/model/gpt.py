"""GPT-2 with Hugging Face tensor names, and the int8 arithmetic that inference will use, imitated in floats."""

import math

import torch
import torch.nn.functional as F
from torch import nn

CONFIG = {"vocab_size": 8192, "n_positions": 512, "n_embd": 384, "n_layer": 6, "n_head": 6}
LINEARS = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")


def fake_int8(x, dim):
    """Rounds `x` to 8 bits with one scale (absmax / 127) per slice along `dim`; gradients pass straight through."""
    scale = x.detach().abs().amax(dim, keepdim=True).clamp_min(1e-12) / 127
    return x + ((x / scale).round().clamp(-127, 127) * scale - x).detach()


def causal_attention(q, k, v):
    """Causal attention of [batch, heads, time, size] arrays.

    On a CPU, training runs three times faster as two plain halves than in PyTorch's fused kernel (its backward pass
    in bfloat16 is slow): the first half of the queries never looks at the second half of the keys.
    """
    time = q.shape[2]
    if q.is_cuda or not q.requires_grad or time % 2:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    half = time // 2
    ahead = torch.full((half, half), -torch.inf, dtype=q.dtype).triu_(1)
    q, k, v = (q * q.shape[-1] ** -0.5).contiguous(), k.contiguous(), v.contiguous()
    first = torch.softmax(q[:, :, :half] @ k[:, :, :half].mT + ahead, -1) @ v[:, :, :half]
    second = torch.softmax(q[:, :, half:] @ k.mT + F.pad(ahead, (half, 0)), -1) @ v
    return torch.cat((first, second), 2)


class Conv1D(nn.Module):
    """y = x W + b with W stored as [in, out], as in GPT-2."""

    def __init__(self, fan_in, fan_out, std):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(fan_in, fan_out) * std)
        self.bias = nn.Parameter(torch.zeros(fan_out))

    def forward(self, x, quant):
        weight = self.weight
        if quant:
            x, weight = fake_int8(x.float(), -1), fake_int8(weight, 0)
        return F.linear(x, weight.t(), self.bias)


class Block(nn.Module):
    """Pre-norm attention and MLP."""

    def __init__(self, c):
        super().__init__()
        width, self.heads = c["n_embd"], c["n_head"]
        out_std = 0.02 / math.sqrt(2 * c["n_layer"])
        self.ln_1, self.ln_2 = nn.LayerNorm(width, eps=1e-5), nn.LayerNorm(width, eps=1e-5)
        self.attn = nn.ModuleDict({"c_attn": Conv1D(width, 3 * width, 0.02), "c_proj": Conv1D(width, width, out_std)})
        self.mlp = nn.ModuleDict({"c_fc": Conv1D(width, 4 * width, 0.02), "c_proj": Conv1D(4 * width, width, out_std)})

    def forward(self, x, quant):
        b, t, width = x.shape
        q, k, v = self.attn["c_attn"](self.ln_1(x), quant).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = causal_attention(q, k, v)
        x = x + self.attn["c_proj"](mixed.transpose(1, 2).reshape(b, t, width), quant)
        hidden = F.gelu(self.mlp["c_fc"](self.ln_2(x), quant), approximate="tanh")
        return x + self.mlp["c_proj"](hidden, quant)


class HeadLoss(torch.autograd.Function):
    """Weighted cross-entropy of tied-embedding logits, a slice of rows at a time, with its gradients made on the way."""

    @staticmethod
    def forward(ctx, hidden, table, target, weight, dtype, slice_rows=2048):
        small, total = table.to(dtype), weight.sum().clamp_min(1)
        grad_hidden = torch.empty(hidden.shape, dtype=dtype)
        grad_table = torch.zeros_like(table) if table.requires_grad else None
        loss = hidden.new_zeros((), dtype=torch.float32)
        for at in range(0, len(hidden), slice_rows):
            part = slice(at, at + slice_rows)
            h, w, y = hidden[part].to(dtype), weight[part] / total, target[part, None]
            logp = F.log_softmax(h @ small.t(), dim=-1)
            loss -= (logp.gather(1, y)[:, 0].float() * w).sum()
            if grad_table is not None:
                grad = logp.exp_()
                grad.scatter_add_(1, y, torch.full_like(y, -1, dtype=dtype))
                grad *= w[:, None].to(dtype)
                grad_hidden[part] = grad @ small
                grad_table += (grad.t() @ h).float()
        ctx.save_for_backward(grad_hidden, grad_table)
        ctx.hidden_dtype = hidden.dtype
        return loss

    @staticmethod
    def backward(ctx, upstream):
        grad_hidden, grad_table = ctx.saved_tensors
        return (grad_hidden * upstream).to(ctx.hidden_dtype), grad_table * upstream, None, None, None, None


class GPT(nn.Module):
    """Token and position embeddings, blocks, final norm; the output layer is the token embedding."""

    def __init__(self, config=CONFIG):
        super().__init__()
        self.wte = nn.Parameter(torch.randn(config["vocab_size"], config["n_embd"]) * 0.02)
        self.wpe = nn.Parameter(torch.randn(config["n_positions"], config["n_embd"]) * 0.01)
        self.h = nn.ModuleList(Block(config) for _ in range(config["n_layer"]))
        self.ln_f = nn.LayerNorm(config["n_embd"], eps=1e-5)

    def table(self, quant):
        """The token embedding, rounded to 8 bits per row when `quant`."""
        return fake_int8(self.wte, 1) if quant else self.wte

    def hidden(self, ids, quant=False):
        """Final hidden states [batch, time, width] of token ids [batch, time], and the embedding table used."""
        table = self.table(quant)
        x = F.embedding(ids, table) + self.wpe[: ids.shape[1]]
        for block in self.h:
            x = block(x, quant)
        x = self.ln_f(x)
        return (fake_int8(x.float(), -1) if quant else x), table

    def loss(self, ids, target, weight, quant=False, dtype=torch.bfloat16):
        """Weighted mean cross-entropy; all three inputs are [batch, time]."""
        x, table = self.hidden(ids, quant)
        return HeadLoss.apply(x.flatten(0, 1), table, target.flatten(), weight.flatten(), dtype)

    def logits(self, ids, quant=False):
        """Logits of the last position, [batch, vocab]."""
        x, table = self.hidden(ids, quant)
        return x[:, -1] @ table.t()

    def hf_state(self):
        """Tensors under their Hugging Face GPT-2 names."""
        names = {"wte": "wte.weight", "wpe": "wpe.weight"}
        return {"transformer." + names.get(k, k): v for k, v in self.state_dict().items()}
