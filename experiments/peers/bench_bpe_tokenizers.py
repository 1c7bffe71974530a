"""Byte-level byte-pair encoding of the State of the Union addresses by Hugging Face's tokenizers (Rust, all cores).

Merges are learned from the same text first, untimed. Items are bytes of text. SOTU_DIR holds the speeches.
"""
import os, pathlib
from common import parser, timed, emit

p = parser(__doc__, steps=2, warmup=1)
p.add_argument("--merges", type=int, default=1024)
args = p.parse_args()
os.environ["RAYON_NUM_THREADS"] = str(args.threads)
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

folder = pathlib.Path(os.environ["SOTU_DIR"])
texts = [f.read_text(encoding="utf-8", errors="replace") for f in sorted(folder.rglob("*.txt"))]
size = sum(len(t.encode()) for t in texts)
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
alphabet = pre_tokenizers.ByteLevel.alphabet()
tokenizer.train_from_iterator(
    texts, trainers.BpeTrainer(vocab_size=len(alphabet) + args.merges, initial_alphabet=alphabet, show_progress=False))
count = 0


def step():
    global count
    count = sum(len(e.ids) for e in tokenizer.encode_batch_fast(texts))


walls = timed(step, args.steps, args.warmup, args.repeats, args.threads)
emit(args, "bpe_encode", {"merges": args.merges, "documents": len(texts)}, walls, size, "bytes",
     bytes_per_token=round(size / count, 3))
