"""nanoGPT-style character decoder: training, KV-cache generation and per-token scoring, tokens/s.

small : n_layer 4, n_head 4, n_embd 128, ctx 128, batch 32      medium: 6, 4, 256, ctx 256, batch 16
Pre-norm, learned positions, GELU(erf), no biases in Linear/LayerNorm, no dropout, tied wte/lm_head,
F.scaled_dot_product_attention(is_causal), AdamW (0.9, 0.99) wd 0.1 on matrices, grad-norm clip 1.0.
Text is /usr/share/common-licenses/GPL-3 as printable ASCII + newline = 96 symbols.
modes: train | generate (prompt of 1 token, fills the context; --gen-batch) | score (log-probs of each token)
"""
import math, time
from common import parser, setup, timed, emit, loss_level

p = parser(__doc__, steps=0, warmup=-1)
p.add_argument("--size", choices=["small", "medium"], default="small")
p.add_argument("--mode", choices=["train", "generate", "score"], default="train")
p.add_argument("--gen-batch", type=int, default=1)
p.add_argument("--batch", type=int, default=0, help="0: the size's own")
p.add_argument("--compile", action="store_true")
p.add_argument("--bf16", action="store_true", help="autocast to bfloat16 (train, score)")
p.add_argument("--no-fused", action="store_true", help="foreach AdamW in place of the fused one")
SIZES = {"small": dict(n_layer=4, n_head=4, n_embd=128, ctx=128, batch=32),
         "medium": dict(n_layer=6, n_head=4, n_embd=256, ctx=256, batch=16)}
VOCAB = 96

import torch, torch.nn as nn, torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, d, h, ln_bias=False):
        super().__init__()
        self.h = h
        self.ln1, self.ln2 = nn.LayerNorm(d, bias=ln_bias), nn.LayerNorm(d, bias=ln_bias)
        self.qkv, self.proj = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.fc, self.out = nn.Linear(d, 4 * d, bias=False), nn.Linear(4 * d, d, bias=False)

    def forward(self, x, cache=None, pos=0):
        B, T, C = x.shape
        q, k, v = (t.view(B, T, self.h, C // self.h).transpose(1, 2) for t in self.qkv(self.ln1(x)).split(C, 2))
        if cache is None:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:                                    # cache: [2, B, H, ctx, D]; T == 1
            cache[0, :, :, pos:pos + T], cache[1, :, :, pos:pos + T] = k, v
            y = F.scaled_dot_product_attention(q, cache[0, :, :, :pos + T], cache[1, :, :, :pos + T])
        x = x + self.proj(y.transpose(1, 2).reshape(B, T, C))
        return x + self.out(F.gelu(self.fc(self.ln2(x))))


class GPT(nn.Module):
    def __init__(self, n_layer, n_head, n_embd, ctx, vocab=VOCAB, tied=True, ln_bias=False):
        super().__init__()
        self.ctx = ctx
        self.wte, self.wpe = nn.Embedding(vocab, n_embd), nn.Embedding(ctx, n_embd)
        self.blocks = nn.ModuleList(Block(n_embd, n_head, ln_bias) for _ in range(n_layer))
        self.lnf, self.head = nn.LayerNorm(n_embd, bias=ln_bias), nn.Linear(n_embd, vocab, bias=False)
        for n, w in self.named_parameters():
            if w.dim() == 2:
                nn.init.normal_(w, 0, 0.02 / (math.sqrt(2 * n_layer) if n.endswith(("proj.weight", "out.weight")) else 1))
        if tied:
            self.head.weight = self.wte.weight

    def forward(self, idx, cache=None, pos=0):
        T = idx.shape[1]
        # positions with a batch dimension: Opacus' per-sample gradient of wpe needs it
        at = torch.arange(pos, pos + T).repeat(idx.shape[0], 1)
        x = self.wte(idx) + self.wpe(at)
        for i, b in enumerate(self.blocks):
            x = b(x, None if cache is None else cache[i], pos)
        return self.head(self.lnf(x))


def text_tokens():
    try:
        t = open("/usr/share/common-licenses/GPL-3", encoding="ascii", errors="ignore").read()
    except OSError:
        t = "the quick brown fox jumps over the lazy dog\n" * 1000
    return torch.tensor([95 if c == "\n" else ord(c) - 32 for c in t if c == "\n" or 32 <= ord(c) < 127])


def main():
    args = p.parse_args()
    setup(args)
    S = SIZES[args.size]
    B, T = args.batch or S["batch"], S["ctx"]
    model = GPT(S["n_layer"], S["n_head"], S["n_embd"], T)
    data = text_tokens()
    g = torch.Generator().manual_seed(args.seed)
    span = torch.arange(T + 1)

    def batch():
        i = torch.randint(len(data) - T, (B, 1), generator=g)
        w = data[i + span]
        return w[:, :-1], w[:, 1:]

    n_par = sum(t.numel() for t in model.parameters())
    cfg = {**S, "batch": B, "params": n_par, "mode": args.mode, "compile": args.compile}
    if args.mode == "train":
        mats, vecs = [t for t in model.parameters() if t.dim() == 2], [t for t in model.parameters() if t.dim() < 2]
        opt = torch.optim.AdamW([{"params": mats, "weight_decay": 0.1}, {"params": vecs, "weight_decay": 0.0}],
                                lr=1e-3, betas=(0.9, 0.99), fused=not args.no_fused)
        def loss_fn(x, y):
            with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
                return F.cross_entropy(model(x).flatten(0, 1).float(), y.flatten())
        fwd = torch.compile(loss_fn) if args.compile else loss_fn
        losses = []
        def step():
            loss = fwd(*batch())
            opt.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            losses.append(loss.detach())
        args.steps = args.steps or (20 if args.size == "small" else 6)
        args.warmup = 5 if args.warmup < 0 else args.warmup
        walls = timed(step, args.steps, args.warmup, args.repeats, args.threads)
        extra = loss_level(losses)
        items = B * T
        # 6 flops a parameter a token + attention 12*L*C*T (causal not discounted), as nanoGPT's estimate
        extra["gflops"] = round((6 * (n_par - T * S["n_embd"]) + 12 * S["n_layer"] * S["n_embd"] * T) * items / 1e9, 2)
    elif args.mode == "score":
        model.eval()
        net = torch.compile(model) if args.compile else model
        losses = []
        def step():
            x, y = batch()
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
                losses.append(F.cross_entropy(net(x).flatten(0, 1), y.flatten(), reduction="none").mean())
        args.steps = args.steps or (40 if args.size == "small" else 12)
        args.warmup = 5 if args.warmup < 0 else args.warmup
        walls = timed(step, args.steps, args.warmup, args.repeats, args.threads)
        items, extra = B * T, loss_level(losses)
    else:
        model.eval()
        B = cfg["batch"] = args.gen_batch
        net = torch.compile(model, dynamic=True) if args.compile else model
        new = T - 1
        def step():                                          # one step = one whole batch of sequences
            with torch.inference_mode():
                cache = torch.empty(S["n_layer"], 2, B, S["n_head"], T, S["n_embd"] // S["n_head"])
                tok = torch.full((B, 1), 95)
                out = [tok]
                for t in range(new):
                    probs = F.softmax(net(tok, cache, t)[:, -1], -1)
                    tok = torch.multinomial(probs, 1, generator=g)
                    out.append(tok)
                return torch.cat(out, 1)
        # the cache must agree with the full forward pass
        with torch.inference_mode():
            x = data[: 17].view(1, -1)
            cache = torch.empty(S["n_layer"], 2, 1, S["n_head"], T, S["n_embd"] // S["n_head"])
            inc = torch.cat([model(x[:, t:t + 1], cache, t) for t in range(17)], 1)
            err = float((inc - model(x)).abs().max())
        assert err < 1e-4, err
        args.steps = args.steps or (4 if B == 1 else 1)
        args.warmup = 1 if args.warmup < 0 else args.warmup
        walls = timed(step, args.steps, args.warmup, args.repeats, args.threads)
        items, extra = B * new, {"cache_vs_full_max_err": err}
    tag = args.mode + (f"_b{B}" if args.mode == "generate" else "") + ("_compile" if args.compile else "") + ("_bf16" if args.bf16 else "")
    emit(args, f"gpt_{args.size}_{tag}", cfg, walls, items, "tokens", **extra)


if __name__ == "__main__":
    main()
