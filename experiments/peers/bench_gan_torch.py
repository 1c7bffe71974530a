"""GAN training. A step is one discriminator update (real + detached fake) and one generator update.

mlp  : G 64-256-512-784 tanh, D 784-512-256-1, LeakyReLU 0.2, batch 128
dcgan: G convT 64->128x7x7, BN, ReLU, convT(4,2,1) 64x14x14, BN, ReLU, convT(4,2,1) 1x28x28, tanh;
       D conv(4,2,1) 64, LReLU, conv(4,2,1) 128, BN, LReLU, fc 1; batch 64
Adam 2e-4 betas (0.5, 0.999); non-saturating BCE with logits; images scaled to [-1, 1].
"""
from common import parser, setup, fashion, Batches, timed, emit

p = parser(__doc__, steps=0, warmup=5)
p.add_argument("--model", choices=["mlp", "dcgan"], default="mlp")
p.add_argument("--batch", type=int, default=0)
p.add_argument("--compile", action="store_true")
p.add_argument("--channels-last", action="store_true")
args = p.parse_args()
torch = setup(args)
import torch.nn as nn, torch.nn.functional as F

L, A = nn.Linear, lambda: nn.LeakyReLU(0.2, inplace=True)
if args.model == "mlp":
    B = args.batch or 128
    G = nn.Sequential(L(64, 256), A(), L(256, 512), A(), L(512, 784), nn.Tanh())
    D = nn.Sequential(L(784, 512), A(), L(512, 256), A(), L(256, 1))
    shape = (784,)
else:
    B = args.batch or 64
    G = nn.Sequential(nn.Unflatten(1, (64, 1, 1)), nn.ConvTranspose2d(64, 128, 7, bias=False), nn.BatchNorm2d(128), nn.ReLU(True),
                      nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(True),
                      nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh())
    D = nn.Sequential(nn.Conv2d(1, 64, 4, 2, 1), A(), nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), A(),
                      nn.Flatten(), L(128 * 7 * 7, 1))
    shape = (1, 28, 28)
if args.channels_last:
    G, D = G.to(memory_format=torch.channels_last), D.to(memory_format=torch.channels_last)
X = torch.from_numpy(fashion("train")[0]).mul_(2).sub_(1).view(-1, *shape)
batches = Batches([X], B, args.seed)
og, od = (torch.optim.Adam(m.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True) for m in (G, D))
one, zero = torch.ones(B, 1), torch.zeros(B, 1)
bce = F.binary_cross_entropy_with_logits


def d_loss(x, fake):
    return bce(D(x), one) + bce(D(fake), zero)


def g_loss(fake):
    return bce(D(fake), one)


gen, dl, gl = (torch.compile(f) for f in (G, d_loss, g_loss)) if args.compile else (G, d_loss, g_loss)
log = []


def step():
    x = batches.next()[0]
    if args.channels_last:
        x = x.to(memory_format=torch.channels_last)
    fake = gen(torch.randn(B, 64))
    ld = dl(x, fake.detach())
    od.zero_grad(set_to_none=True)
    ld.backward()
    od.step()
    for t in D.parameters():
        t.requires_grad_(False)
    lg = gl(fake)
    og.zero_grad(set_to_none=True)
    lg.backward()
    og.step()
    for t in D.parameters():
        t.requires_grad_(True)
    log[:] = [ld.detach(), lg.detach()]


args.steps = args.steps or (100 if args.model == "mlp" else 12)
walls = timed(step, args.steps, args.warmup, args.repeats, args.threads)
emit(args, f"gan_{args.model}" + ("_compile" if args.compile else "") + ("_cl" if args.channels_last else ""),
     {"model": args.model, "batch": B, "params_g": sum(t.numel() for t in G.parameters()),
      "params_d": sum(t.numel() for t in D.parameters()), "compile": args.compile, "channels_last": args.channels_last},
     walls, B, "images", d_loss=round(float(log[0]), 4), g_loss=round(float(log[1]), 4))
