"""Autoencoder MLP 784-512-256-32-256-512-784 (ReLU, none on the 32; BCE with logits = sigmoid+BCE), and a VAE
(784-512-256-(mu,logvar of 32)-256-512-784, BCE sum + KL), Adam 1e-3, batch 128, 60,000 Fashion-MNIST images."""
from common import parser, setup, fashion, Batches, initialise, timed, emit, loss_level

p = parser(__doc__, steps=200, warmup=20)
p.add_argument("--model", choices=["ae", "vae"], default="ae")
p.add_argument("--batch", type=int, default=128)
p.add_argument("--compile", action="store_true")
args = p.parse_args()
torch = setup(args)
import torch.nn as nn, torch.nn.functional as F

N, R = nn.Linear, nn.ReLU


class AE(nn.Sequential):
    def __init__(self):
        super().__init__(N(784, 512), R(), N(512, 256), R(), N(256, 32), N(32, 256), R(), N(256, 512), R(), N(512, 784))

    def loss(self, x):
        return F.binary_cross_entropy_with_logits(self(x), x)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(N(784, 512), R(), N(512, 256), R(), N(256, 64))
        self.dec = nn.Sequential(N(32, 256), R(), N(256, 512), R(), N(512, 784))

    def loss(self, x):
        mu, lv = self.enc(x).chunk(2, 1)
        z = mu + torch.randn_like(mu) * (0.5 * lv).exp()
        rec = F.binary_cross_entropy_with_logits(self.dec(z), x, reduction="sum")
        kl = -0.5 * (1 + lv - mu.square() - lv.exp()).sum()
        return (rec + kl) / x.shape[0]


net = initialise({"ae": AE, "vae": VAE}[args.model]())
X = torch.from_numpy(fashion("train")[0])
batches = Batches([X], args.batch, args.seed)
opt = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
loss_fn = torch.compile(net.loss) if args.compile else net.loss
losses = []


def step():
    loss = loss_fn(batches.next()[0])
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    losses.append(loss.detach())


walls = timed(step, args.steps, args.warmup, args.repeats, args.threads)
emit(args, f"{args.model}_train" + ("_compile" if args.compile else ""),
     {"model": args.model, "batch": args.batch, "params": sum(t.numel() for t in net.parameters()), "compile": args.compile},
     walls, args.batch, "images", **loss_level(losses))
