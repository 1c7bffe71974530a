"""Common parts of the peer benchmark scripts: arguments, data, timing, one-line JSON output."""
import argparse, gzip, json, os, resource, statistics, struct, sys, time
import numpy as np

FASHION_DIR = os.environ.get("FASHION_MNIST_DIR", "/usr/share/datasets/fashion-mnist")


def parser(doc, steps, repeats=3, warmup=20):
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--steps", type=int, default=steps, help="timed steps per repeat")
    p.add_argument("--repeats", type=int, default=repeats, help="timed windows; the median is reported")
    p.add_argument("--warmup", type=int, default=warmup, help="untimed steps first")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--json", default=None, help="append the JSON line to this file too")
    return p


def setup(args):
    import torch
    torch.set_num_threads(args.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    return torch


def read_idx(path):
    with gzip.open(path, "rb") as f:
        raw = f.read()
    nd = raw[3]
    dims = struct.unpack(">" + "I" * nd, raw[4:4 + 4 * nd])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * nd).reshape(dims)


def fashion(split="train", n=None):
    """(images float32 [n,784] in [0,1], labels int64 [n])"""
    s = {"train": "train", "test": "t10k"}[split]
    x = read_idx(f"{FASHION_DIR}/{s}-images-idx3-ubyte.gz")[:n].reshape(-1, 784)
    y = read_idx(f"{FASHION_DIR}/{s}-labels-idx1-ubyte.gz")[:n]
    x = x.astype(np.float32)
    x /= 255.0
    return x, y.astype(np.int64)


def initialise(net):
    """Weights uniform in +-sqrt(3 gain / fan-in), gain 2 before a ReLU and 1 elsewhere, biases zero: both sides start
    from the same distribution, so that the losses that they come to can be compared. Returns the network."""
    import torch.nn as nn
    layers = [m for m in net.modules() if not list(m.children())]
    for layer, after in zip(layers, layers[1:] + [None]):
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            gain = 2 if isinstance(after, nn.ReLU) else 1
            bound = (3 * gain / layer.weight[0].numel()) ** 0.5
            nn.init.uniform_(layer.weight, -bound, bound)
            nn.init.zeros_(layer.bias)
    return net


class Batches:
    """Endless shuffled fixed-size batches of pre-loaded tensors (index_select, no DataLoader)."""
    def __init__(self, tensors, batch, seed=0):
        import torch
        self.t, self.b, self.torch = tensors, batch, torch
        self.g = torch.Generator().manual_seed(seed)
        self.n, self.pos = tensors[0].shape[0], 1 << 60

    def next(self):
        if self.pos + self.b > self.n:
            self.perm, self.pos = self.torch.randperm(self.n, generator=self.g), 0
        i = self.perm[self.pos:self.pos + self.b]
        self.pos += self.b
        return [t.index_select(0, i) for t in self.t]


def _cpu_busy():
    v = [int(x) for x in open("/proc/stat").readline().split()[1:9]]      # user nice sys idle iowait irq softirq steal
    return (v[0] + v[1] + v[2] + v[5] + v[6] + v[7]) / os.sysconf("SC_CLK_TCK")


def _cpu_own():
    r = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(x.ru_utime + x.ru_stime for x in r)


def _wait_quiet(limit, max_wait=20.0):
    """Sleep until other processes use less than `limit` cores (0.4 s samples)."""
    end = time.perf_counter() + max_wait
    while time.perf_counter() < end:
        b, t = _cpu_busy(), time.perf_counter()
        time.sleep(0.4)
        if (_cpu_busy() - b) / (time.perf_counter() - t) <= limit + 0.05:
            return


def sgemm_gflops():
    """Machine-speed index of the moment: best of 10 torch 512^3 float32 matmuls at the current thread count."""
    import torch
    a = torch.ones(512, 512)
    best = 1e9
    for _ in range(10):
        t = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - t)
    return round(2 * 512 ** 3 / best / 1e9, 1)


calib = []


def windows(run, threads, repeats):
    """Time run() `repeats` times; [(wall_s, other_cores, result)]. Before each window it waits until *other* processes
    leave the threads to us (libgomp's spin barriers make a contended 2-thread window up to 40x slower); windows are
    never repeated, so that the number of steps, and with it the loss that is reached, is as asked for."""
    limit = 0.9 * max(0, os.cpu_count() - threads) + 0.10
    got = []
    for _ in range(repeats):
        _wait_quiet(limit)
        calib.append(sgemm_gflops())
        b, o, t = _cpu_busy(), _cpu_own(), time.perf_counter()
        res = run()
        wall = time.perf_counter() - t
        got.append((wall, round(max(0.0, (_cpu_busy() - b - (_cpu_own() - o)) / wall), 3), res))
    return got


def timed(step, steps, warmup, repeats, threads):
    """Runs step() warmup times, then windows of `steps`; [(wall_s, other_cores)]."""
    for _ in range(warmup):
        step()
    def run():
        for _ in range(steps):
            step()
    return [(w, o) for w, o, _ in windows(run, threads, repeats)]


def loss_level(losses):
    """{loss_first, loss_last}: of the first step, and the mean over the last tenth of all steps, warm-up included."""
    x = [float(v) for v in losses]
    last = x[-max(1, len(x) // 10):]
    return {"loss_first": round(x[0], 5), "loss_last": round(sum(last) / len(last), 5)}


def peak_rss_mb():
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def emit(args, name, config, walls, items_per_step, unit, **extra):
    """walls: [(wall_s, other_cores)]"""
    others, walls = [o for _, o in walls], [w for w, _ in walls]
    w = statistics.median(walls)
    cfg = {"threads": args.threads, "seed": args.seed, **config}
    name += "+" + os.environ["TAG"] if os.environ.get("TAG") else ""
    rec = {"name": name, "config": cfg, "steps": args.steps, "wall_s": round(w, 5),
           "walls_s": [round(x, 5) for x in walls], "min_wall_s": round(min(walls), 5), "other_cores": others, "sgemm_gflops": list(calib),
           "ms_per_step": round(1e3 * w / args.steps, 4),
           "items_per_s": round(items_per_step * args.steps / w, 1), "unit": unit,
           "peak_rss_mb": peak_rss_mb(), "time": time.strftime("%H:%M:%S"), **extra}
    line = json.dumps(rec)
    print(line)
    if args.json:
        with open(args.json, "a") as f:
            f.write(line + "\n")
    return rec
