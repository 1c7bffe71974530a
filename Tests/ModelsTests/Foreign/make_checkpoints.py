"""Tiny PyTorch checkpoints as their users would save them, each with an input and the logits that it gives.

    python make_checkpoints.py FOLDER

NAME.safetensors is the checkpoint, NAME.expected.safetensors holds `input`, `logits`, and the hints as metadata.
"""
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file, save_model
from torch import nn
from torch.nn import functional as F

VOCABULARY, CONTEXT, LAYERS, WIDTH = 11, 12, 2, 16


def rotated(x):
    """Half-split rotary positions of [batch, heads, length, channels]."""
    half = x.shape[-1] // 2
    angles = torch.outer(torch.arange(x.shape[-2]).double(), 10_000.0 ** (-torch.arange(half).double() / half))
    cosine, sine = angles.cos().float(), angles.sin().float()
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cosine - b * sine, a * sine + b * cosine], -1)


class Block(nn.Module):
    def __init__(self, norm, heads, bias, activation, rotary):
        super().__init__()
        self.heads, self.activation, self.rotary = heads, activation, rotary
        self.ln1, self.ln2 = norm(), norm()
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH, bias=bias), nn.Linear(WIDTH, WIDTH, bias=bias)
        self.fc, self.out = nn.Linear(WIDTH, 4 * WIDTH, bias=bias), nn.Linear(4 * WIDTH, WIDTH, bias=bias)

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = (
            part.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for part in self.qkv(self.ln1(x)).split(width, 2)
        )
        if self.rotary:
            q, k = rotated(q), rotated(k)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(y.transpose(1, 2).reshape(batch, length, width))
        return x + self.out(self.activation(self.fc(self.ln2(x))))


class Transformer(nn.Module):
    def __init__(self, norm, heads, bias, activation, tied, rotary=False):
        super().__init__()
        self.wte = nn.Embedding(VOCABULARY, WIDTH)
        self.wpe = None if rotary else nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block(norm, heads, bias, activation, rotary) for _ in range(LAYERS))
        self.lnf, self.head = norm(), nn.Linear(WIDTH, VOCABULARY, bias=False)
        if tied:
            self.head.weight = self.wte.weight

    def forward(self, tokens):
        x = self.wte(tokens)
        if self.wpe is not None:
            x = x + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.lnf(x))


def randomised(model):
    """Parameters away from their initial values, so that every one matters."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.4 + (1.0 if "ln" in name and "weight" in name else 0.0))
    return model.eval()


def gpt2_names(state, transposed):
    """The names of GPT-2: of its export, which is transposed and has masks, or of nanoGPT behind torch.compile."""
    parts = {"blocks": "h", "ln1": "ln_1", "ln2": "ln_2", "lnf": "ln_f", "qkv": "attn.c_attn", "proj": "attn.c_proj",
             "fc": "mlp.c_fc", "out": "mlp.c_proj"}
    prefix = "" if transposed else "_orig_mod."
    result = {}
    for name, tensor in state.items():
        if name == "head.weight":
            result[prefix + "lm_head.weight"] = tensor.clone()
            continue
        new = ".".join(parts.get(part, part) for part in name.split("."))
        turn = transposed and new.startswith("h.") and tensor.dim() == 2
        result[f"{prefix}transformer.{new}"] = (tensor.t() if turn else tensor).contiguous().clone()
    if transposed:
        for layer in range(LAYERS):
            mask = torch.ones(CONTEXT, CONTEXT, dtype=torch.bool).tril()[None, None]
            result[f"transformer.h.{layer}.attn.bias"] = mask
            result[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    return result


def main(folder):
    torch.manual_seed(0)
    layer, bare = lambda: nn.LayerNorm(WIDTH), lambda: nn.LayerNorm(WIDTH, bias=False)
    tanh_gelu = lambda x: F.gelu(x, approximate="tanh")
    tokens = torch.randint(VOCABULARY, (2, CONTEXT))
    pixels = torch.rand(3, 10)

    def expect(name, model, x, **hints):
        with torch.inference_mode():
            arrays = {"input": x, "logits": model(x)}
        hints = {key.replace("_", "-"): str(value) for key, value in hints.items()}
        save_file(arrays, folder / f"{name}.expected.safetensors", hints)

    model = randomised(Transformer(bare, 2, False, F.gelu, tied=True))
    save_model(model, folder / "short-names-tied.safetensors")
    expect("short-names-tied", model, tokens, heads=2, activation="exact-gelu")

    model = randomised(Transformer(layer, 4, True, F.relu, tied=False))
    save_file(model.state_dict(), folder / "short-names-untied.safetensors", {"heads": "4", "activation": "relu"})
    expect("short-names-untied", model, tokens)

    model = randomised(Transformer(lambda: nn.RMSNorm(WIDTH, eps=1e-5), 2, False, F.silu, tied=False, rotary=True))
    save_file(model.state_dict(), folder / "rotary.safetensors")
    expect("rotary", model, tokens, heads=2, activation="silu", norm="rms", context=CONTEXT)

    model = randomised(Transformer(layer, 2, True, tanh_gelu, tied=True))
    save_file(gpt2_names(model.state_dict(), True), folder / "gpt2.safetensors", {"format": "pt"})
    expect("gpt2", model, tokens, heads=2)

    model = randomised(Transformer(bare, 2, False, F.gelu, tied=True))
    save_file(gpt2_names(model.state_dict(), False), folder / "nanogpt.safetensors", {"format": "pt"})
    expect("nanogpt", model, tokens, heads=2, activation="exact-gelu")

    model = randomised(
        nn.Sequential(
            nn.Linear(10, 6), nn.ReLU(), nn.Linear(6, 3), nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 10)))
    save_file(model.state_dict(), folder / "sequential.safetensors")
    expect("sequential", model, pixels, activation="relu", code_layer=2)

    model = nn.Module()
    model.encoder = nn.Sequential(nn.Linear(10, 6, bias=False), nn.Tanh(), nn.Dropout(), nn.Linear(6, 3), nn.Sigmoid())
    model.decoder = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Dropout(), nn.Linear(6, 10), nn.Sigmoid())
    randomised(model)
    save_file(model.state_dict(), folder / "two-stacks.safetensors")
    logits = lambda x: model.decoder[:4](model.encoder(x))
    expect("two-stacks", logits, pixels, activation="tanh", code_activation="sigmoid")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
