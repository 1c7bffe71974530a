"""Writes convolutional.safetensors: small networks as PyTorch builds, names and runs them, in double precision.

usage: python3 generate.py   (torch and safetensors; for maintainers only)
"""
import pathlib, torch
import torch.nn as nn
from safetensors.torch import save_file

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
out = {}


def keep(case, prefix, module):
    """Parameters are rounded to single precision first, so that both sides compute with the same numbers."""
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if name.endswith(("weight", "bias")):
                tensor.copy_(torch.empty_like(tensor).uniform_(-0.6, 0.6).float())
                if "Norm" in type(module[int(name.split(".")[0])]).__name__ and name.endswith("weight"):
                    tensor.add_(1).copy_(tensor.float())
            out[f"{case}/{prefix}.{name}"] = tensor.clone().float()


def give(case, **arrays):
    for name, array in arrays.items():
        out[f"{case}/{name}"] = array.detach().clone()


def pixels(*shape):
    return torch.rand(*shape).float().double()


A = lambda: nn.LeakyReLU(0.2)
z, x = torch.randn(3, 5).float().double(), pixels(3, 1, 28, 28)
G = nn.Sequential(nn.Linear(5, 4 * 7 * 7, bias=False), nn.Unflatten(1, (4, 7, 7)), nn.BatchNorm2d(4), nn.ReLU(),
                  nn.ConvTranspose2d(4, 3, 4, 2, 1, bias=False), nn.BatchNorm2d(3), nn.ReLU(),
                  nn.ConvTranspose2d(3, 1, 4, 2, 1), nn.Sigmoid())
D = nn.Sequential(nn.Conv2d(1, 3, 4, 2, 1), A(), nn.Conv2d(3, 4, 4, 2, 1, bias=False), nn.BatchNorm2d(4), A(),
                  nn.Flatten(), nn.Linear(4 * 7 * 7, 1))
keep("gan", "generator", G)
keep("gan", "discriminator", D)
# The usual way to write the first layer, from images of one pixel.
first = nn.ConvTranspose2d(5, 4, 7, bias=False)
first.weight.data = G[0].weight.data.T.reshape(5, 4, 7, 7)
assert torch.allclose(first(z.view(3, 5, 1, 1)), G[1](G[0](z)))
G.eval(), D.eval()
give("gan", z=z, x=x.flatten(1), generated=G(z).flatten(1), discriminated=D(x))
G.train(), D.train()
give("gan", trained_generated=G(z).flatten(1), trained_discriminated=D(x))
for prefix, module in (("generator", G), ("discriminator", D)):
    for name, tensor in module.state_dict().items():
        if "running" in name:
            out[f"gan/after.{prefix}.{name}"] = tensor.clone()

C = nn.Sequential(nn.Conv2d(1, 3, 5, 2), nn.ReLU(), nn.Conv2d(3, 4, 4, 2), nn.ReLU(), nn.Flatten(),
                  nn.Linear(4 * 5 * 5, 10))
keep("classifier", "body", C)
give("classifier", x=x.flatten(1), logits=C(x))

# Extents that halving does not divide: 11x14, 5x7, 3x4.
E = nn.Sequential(nn.Conv2d(1, 3, 4, 2, 1), nn.SiLU(), nn.Conv2d(3, 6, 3, 2, 1, bias=False), nn.GroupNorm(1, 6), nn.SiLU(),
                  nn.Flatten(), nn.Linear(6 * 3 * 4, 8), nn.SiLU(), nn.Linear(8, 5))
R = nn.Sequential(nn.Linear(5, 8), nn.SiLU(), nn.Linear(8, 6 * 3 * 4, bias=False), nn.Unflatten(1, (6, 3, 4)),
                  nn.GroupNorm(1, 6), nn.SiLU(),
                  nn.ConvTranspose2d(6, 3, 3, 2, 1, output_padding=(0, 0), bias=False), nn.GroupNorm(1, 3), nn.SiLU(),
                  nn.ConvTranspose2d(3, 1, 4, 2, 1, output_padding=(1, 0)))
keep("autoencoder", "encoder", E)
keep("autoencoder", "decoder", R)
x = pixels(3, 1, 11, 14)
give("autoencoder", x=x.flatten(1), code=E(x), logits=R(E(x)).flatten(1))

save_file({name: tensor.contiguous() for name, tensor in out.items()},
          pathlib.Path(__file__).parent / "convolutional.safetensors")
