"""Headline job: train N shadow MLPs (+1 target) on random halves of 10,000 Fashion-MNIST images, then
online LiRA on all points. Each example is in exactly N/2 of the N shadow models' training sets.
The target is one more model trained on its own random half.

variants: seq      one model after another, plain eager torch (fused Adam)
          seqc     the same with the forward+loss under torch.compile
          vmap     all models at once: torch.func stack_module_state + vmap, one backward, fused Adam
          mp       --threads worker processes of 1 thread each, models dealt out (the usual best on a CPU)
          bmm      all models at once, hand-written baddbmm (what vmap lowers to, without its overhead)
MLP 784-256-10 ReLU; Adam lr 1e-3; 20 epochs; batch 128; 5000 training images a model -> 39 steps an
epoch, 780 steps a model. wall_s is everything after imports: load,
train, score. One repeat is one whole job (use --repeats 3 for a median in one process).
"""
import time
import numpy as np
from common import parser, setup, fashion, initialise, emit, windows, peak_rss_mb

p = parser(__doc__, steps=0, repeats=1, warmup=0)
p.add_argument("--models", type=int, default=16)
p.add_argument("--examples", type=int, default=10000)
p.add_argument("--epochs", type=int, default=20)
p.add_argument("--batch", type=int, default=128)
p.add_argument("--hidden", type=int, default=256)
p.add_argument("--lr", type=float, default=1e-3)
p.add_argument("--variant", choices=["seq", "seqc", "mp", "vmap", "bmm"], default="seq")
p.add_argument("--masks", default=None, help="write the [N+1, examples] membership masks (.npy, bit-packed) here")
args = p.parse_args()
torch = setup(args)
import torch.nn as nn, torch.nn.functional as F


def masks(n_models, n, rng):
    """[n_models+1, n] bool; column i of the shadows has exactly n_models/2 ones; each row exactly n/2
    (rows come in complementary pairs); the last row is the target."""
    rows = []
    for _ in range(n_models // 2):
        m = np.zeros(n, bool)
        m[rng.permutation(n)[: n // 2]] = True
        rows += [m, ~m]
    m = np.zeros(n, bool)
    m[rng.permutation(n)[: n // 2]] = True
    return np.stack(rows + [m])


def steps_a_pass(n):
    """Batches of a pass, of equal size as on the other side: a last one of 8 records would leave the end of each pass
    to chance, and with it the loss that is compared."""
    return max(1, (n + args.batch // 2) // args.batch)


def mlp():
    return initialise(nn.Sequential(nn.Linear(784, args.hidden), nn.ReLU(), nn.Linear(args.hidden, 10)))


def train_seq(X, Y, M, compiled, seed=None):
    out = []
    g = torch.Generator().manual_seed(args.seed if seed is None else seed)
    def loss_fn(net, x, y):
        return F.cross_entropy(net(x), y)
    for m in M:
        net = mlp()
        opt = torch.optim.Adam(net.parameters(), lr=args.lr, fused=True)
        idx = torch.from_numpy(np.flatnonzero(m))
        x_all, y_all = X[idx], Y[idx]
        f = torch.compile(lambda x, y: F.cross_entropy(net(x), y)) if compiled else (lambda x, y: loss_fn(net, x, y))
        for _ in range(args.epochs):
            for i in torch.randperm(len(idx), generator=g).tensor_split(steps_a_pass(len(idx))):
                loss = f(x_all[i], y_all[i])
                opt.zero_grad(set_to_none=True)
                loss.backward()
                opt.step()
        with torch.inference_mode():
            out.append(net(X))
        if compiled:
            torch._dynamo.reset()
    return torch.stack(out)


def worker(w, X, Y, M, q):
    torch.set_num_threads(1)
    torch.manual_seed(args.seed + w)
    q.put((w, train_seq(X, Y, M[w::args.threads], False, args.seed + w).numpy(), peak_rss_mb()))


def train_mp(X, Y, M):
    import torch.multiprocessing as mp
    ctx = mp.get_context("fork")
    q = ctx.SimpleQueue()
    ps = [ctx.Process(target=worker, args=(w, X, Y, M, q)) for w in range(args.threads)]
    for pr in ps:
        pr.start()
    Z = torch.empty(len(M), len(X), 10)
    rss.clear()
    for _ in ps:
        w, z, r = q.get()
        Z[w::args.threads] = torch.from_numpy(z)
        rss.append(r)
    for pr in ps:
        pr.join()
    return Z


rss = []


def train_ensemble(X, Y, M, kind):
    k = len(M)
    nets = [mlp() for _ in range(k)]
    g = torch.Generator().manual_seed(args.seed)
    idx = torch.from_numpy(np.stack([np.flatnonzero(m) for m in M]))       # [k, n/2]
    params, _ = torch.func.stack_module_state(nets)
    params = {n: t.detach().clone().requires_grad_() for n, t in params.items()}
    if kind == "vmap":
        base = mlp().to("meta")
        def forward(P, x):
            return torch.func.vmap(lambda pp, xx: torch.func.functional_call(base, pp, (xx,)), in_dims=(0, 0))(P, x)
    else:
        def forward(P, x):
            h = torch.baddbmm(P["0.bias"].unsqueeze(1), x, P["0.weight"].transpose(1, 2)).relu_()
            return torch.baddbmm(P["2.bias"].unsqueeze(1), h, P["2.weight"].transpose(1, 2))
    opt = torch.optim.Adam(list(params.values()), lr=args.lr, fused=True)
    n = idx.shape[1]
    for _ in range(args.epochs):
        perm = torch.stack([idx[j][torch.randperm(n, generator=g)] for j in range(k)])
        for i in perm.tensor_split(steps_a_pass(n), dim=1):
            x, y = X[i], Y[i]                                               # [k, b, 784], [k, b]
            z = forward(params, x)
            loss = F.cross_entropy(z.flatten(0, 1), y.flatten(), reduction="sum") / i.shape[1]
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
    with torch.inference_mode():
        return forward(params, X.expand(k, -1, -1))


def logit_conf(Z, Y):
    """log(p_y/(1-p_y)) from logits, stably: z_y - logsumexp of the others. Z [k,n,c]."""
    zy = Z.gather(2, Y.expand(Z.shape[0], -1).unsqueeze(2)).squeeze(2)
    rest = Z.scatter(2, Y.expand(Z.shape[0], -1).unsqueeze(2), float("-inf")).logsumexp(2)
    return (zy - rest).double().numpy()


def lira_online(phi, m, target, fixed):
    """Carlini et al. 2022, Algorithm 1: log N(phi; in) - log N(phi; out)."""
    k = phi.shape[0]
    inn, out = np.where(m, phi, np.nan), np.where(m, np.nan, phi)
    mu1, mu0 = np.nanmean(inn, 0), np.nanmean(out, 0)
    if fixed:
        s1, s0 = np.nanstd(inn - mu1), np.nanstd(out - mu0)
    else:
        s1, s0 = np.nanstd(inn, 0), np.nanstd(out, 0)
    s1, s0 = np.maximum(s1, 1e-12) , np.maximum(s0, 1e-12)
    return (-np.log(s1) - (target - mu1) ** 2 / (2 * s1 ** 2)) - (-np.log(s0) - (target - mu0) ** 2 / (2 * s0 ** 2))


def roc(score, y):
    o = np.argsort(-score, kind="stable")
    s, t = score[o], y[o]
    tp, fp = np.cumsum(t), np.cumsum(~t)
    last = np.r_[s[1:] != s[:-1], True]
    return np.r_[0, fp[last] / fp[-1]], np.r_[0, tp[last] / tp[-1]]


def summary(score, y):
    fpr, tpr = roc(score, y)
    return {"auc": round(float(np.trapezoid(tpr, fpr)), 5),
            "tpr_at_1pct": round(float(tpr[fpr <= 0.01].max()), 5),
            "tpr_at_0.1pct": round(float(tpr[fpr <= 0.001].max()), 5)}


def job():
    t0 = time.perf_counter()
    x, y = fashion("train", args.examples)
    X, Y = torch.from_numpy(x), torch.from_numpy(y)
    M = masks(args.models, args.examples, np.random.default_rng(args.seed))
    t1 = time.perf_counter()
    v = args.variant
    Z = train_mp(X, Y, M) if v == "mp" else train_seq(X, Y, M, v == "seqc") if v.startswith("seq") else train_ensemble(X, Y, M, v)
    t2 = time.perf_counter()
    phi = logit_conf(Z, Y)
    res = {k: summary(lira_online(phi[:-1], M[:-1], phi[-1], f), M[-1]) for k, f in (("lira", False), ("lira_fixed_var", True))}
    acc = (Z.argmax(2) == Y).numpy()
    inside, outside = phi[M], phi[~M]          # -log p = log(1 + e^-phi)
    res["loss_last"] = round(float(np.logaddexp(0, -inside).mean()), 5)
    res["heldout_loss"] = round(float(np.logaddexp(0, -outside).mean()), 5)
    res["train_acc"] = round(float(acc[M].mean()), 4)
    res["heldout_acc"] = round(float(acc[~M].mean()), 4)
    t3 = time.perf_counter()
    if args.masks:
        np.save(args.masks, np.packbits(M, axis=1))
    return {"load_s": round(t1 - t0, 4), "train_s": round(t2 - t1, 4), "score_s": round(t3 - t2, 4)}, res


if args.variant == "mp":
    torch.set_num_threads(1)                # a thread pool that exists does not survive a fork
runs = sorted(windows(job, args.threads, args.repeats), key=lambda r: r[0])
parts, res = runs[len(runs) // 2][2]
n_steps = steps_a_pass(args.examples // 2) * args.epochs
args.steps = n_steps * (args.models + 1)
if rss:
    parts["workers_peak_rss_mb"] = rss
emit(args, f"shadow_{args.variant}_n{args.models}",
     {"variant": args.variant, "models": args.models, "plus_target": 1, "examples": args.examples, "epochs": args.epochs,
      "batch": args.batch, "net": f"784-{args.hidden}-10", "opt": f"Adam {args.lr}"},
     [r[:2] for r in runs], (args.examples // 2) * args.epochs * (args.models + 1) / args.steps, "training images", **parts, **res)
