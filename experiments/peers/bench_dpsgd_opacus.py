"""DP-SGD with Opacus against the non-private step, same model, batch and optimiser, in one process.

models: mlp 784-256-10 | cnn conv16(5,s2)-conv32(4,s2)-fc | ae 784-512-256-32-256-512-784 | gpt (the small GPT, untied head, LayerNorm with bias: Opacus fails without)
modes : hooks      per-sample gradients by Opacus' grad samplers (GradSampleModule)
        functorch  per-sample gradients by torch.func vmap(grad) per layer
        ew         ExpandedWeights
        ghost      ghost clipping: two backward passes, per-sample norms only (fast gradient clipping)
A step is: forward, per-sample gradients, clip to C=1, sum, Gaussian noise sigma=1, SGD update. The batch is
a fixed size 256 drawn without replacement (a Poisson sample's expected size), of pre-loaded tensors.
steps is for both sides; wall_s and items_per_s are the private step's.
"""
import statistics
from common import parser, setup, fashion, Batches, initialise, timed, emit, peak_rss_mb, loss_level

p = parser(__doc__, steps=0, warmup=3)
p.add_argument("--model", choices=["mlp", "cnn", "ae", "gpt"], default="mlp")
p.add_argument("--mode", choices=["hooks", "functorch", "ew", "ghost"], default="hooks")
p.add_argument("--batch", type=int, default=256)
p.add_argument("--clip", type=float, default=1.0)
p.add_argument("--sigma", type=float, default=1.0)
p.add_argument("--lr", type=float, default=0.1)
p.add_argument("--private-only", action="store_true", help="leave the non-private step out, of time and of memory")
args = p.parse_args()
torch = setup(args)
import warnings
warnings.filterwarnings("ignore")
import torch.nn as nn, torch.nn.functional as F
from opacus import GradSampleModule
from opacus.grad_sample import GradSampleModuleFastGradientClipping, GradSampleModuleExpandedWeights
from opacus.optimizers import DPOptimizer, DPOptimizerFastGradientClipping
from opacus.utils.fast_gradient_clipping_utils import DPLossFastGradientClipping


def make():
    torch.manual_seed(args.seed)
    if args.model == "mlp":
        return initialise(nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)))
    if args.model == "cnn":
        return initialise(nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 16, 5, 2), nn.ReLU(), nn.Conv2d(16, 32, 4, 2), nn.ReLU(),
            nn.Flatten(), nn.Linear(32 * 5 * 5, 10)))
    if args.model == "ae":
        d = [784, 512, 256, 32, 256, 512, 784]
        ls = []
        for i in range(6):
            ls += [nn.Linear(d[i], d[i + 1])] + ([nn.ReLU()] if i not in (2, 5) else [])
        return initialise(nn.Sequential(*ls))
    from bench_gpt_torch import GPT, SIZES
    S = SIZES["small"]
    return GPT(S["n_layer"], S["n_head"], S["n_embd"], S["ctx"], tied=False, ln_bias=True)


class PerExampleMean(nn.Module):
    """Mean over an example's outputs (pixels or tokens), then 'mean' or 'none' over the batch - the shape Opacus needs."""
    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, out, target):
        if args.model == "ae":
            l = F.binary_cross_entropy_with_logits(out, target, reduction="none").mean(1)
        elif args.model == "gpt":
            l = F.cross_entropy(out.flatten(0, 1), target.flatten(), reduction="none").view(target.shape).mean(1)
        else:
            l = F.cross_entropy(out, target, reduction="none")
        return l.mean() if self.reduction == "mean" else l


if args.model == "gpt":
    from bench_gpt_torch import text_tokens
    data, T = text_tokens(), 128
    g = torch.Generator().manual_seed(args.seed)
    def batch():
        w = data[torch.randint(len(data) - T, (args.batch, 1), generator=g) + torch.arange(T + 1)]
        return w[:, :-1].contiguous(), w[:, 1:].contiguous()
else:
    x, y = fashion("train")
    X, Y = torch.from_numpy(x), torch.from_numpy(y)
    B = Batches([X, X if args.model == "ae" else Y], args.batch, args.seed)
    batch = B.next


def run(private):
    net = make().train()
    crit = PerExampleMean()
    opt = torch.optim.SGD(net.parameters(), lr=args.lr)
    if private:
        kw = dict(noise_multiplier=args.sigma, max_grad_norm=args.clip, expected_batch_size=args.batch)
        if args.mode == "ghost":
            net = GradSampleModuleFastGradientClipping(net, batch_first=True, max_grad_norm=args.clip, use_ghost_clipping=True)
            opt = DPOptimizerFastGradientClipping(opt, **kw)
            crit = DPLossFastGradientClipping(net, opt, crit, "mean")
        else:
            net = GradSampleModuleExpandedWeights(net) if args.mode == "ew" else \
                GradSampleModule(net, force_functorch=args.mode == "functorch")
            opt = DPOptimizer(opt, **kw)
    def step():
        a, b = batch()
        opt.zero_grad(set_to_none=True) if not private else opt.zero_grad()
        loss = crit(net(a), b)
        loss.backward()
        opt.step()
        losses.append(loss.item() if private and args.mode == "ghost" else loss.detach())
    losses = []
    return timed(step, args.steps, args.warmup, args.repeats, args.threads), losses


n_par = sum(t.numel() for t in make().parameters())
args.steps = args.steps or {"mlp": 100, "cnn": 40, "ae": 15, "gpt": 1}[args.model]
items = args.batch * (128 if args.model == "gpt" else 1)
base = None if args.private_only else run(False)[0]
rss0 = peak_rss_mb()
priv, losses = run(True)
extra = loss_level(losses)
if base:
    b, q = (statistics.median(w for w, _ in r) for r in (base, priv))
    extra |= {"nonprivate_ms_per_step": round(1e3 * b / args.steps, 4), "nonprivate_items_per_s": round(items * args.steps / b, 1),
              "private_over_nonprivate": round(q / b, 3), "nonprivate_peak_rss_mb": rss0}
emit(args, f"dpsgd_{args.model}_{args.mode}",
     {"model": args.model, "mode": args.mode, "batch": args.batch, "params": n_par, "clip": args.clip, "sigma": args.sigma},
     priv, items, "tokens" if args.model == "gpt" else "images",
     **extra)
