"""Copies what the tests of the command line need out of the shared goldens.

usage: python3 generate.py GOLDEN    (the folder with accounting.json and attacks/)
"""

import json
import pathlib
import struct
import sys

INPUTS = {
    "target_conf": "target", "shadow_conf": "shadows", "shadow_in": "membership", "pop_target_conf": "population",
    "pop_shadow_conf": "population_shadows", "target_member": "truth", "tied_scores": "tied_scores",
}
OUTPUTS = [
    "yeom_score", "lira_online_per_example", "lira_online_per_example_median", "lira_online_fixed_pooled",
    "lira_online_fixed_raw", "lira_offline_per_example", "lira_offline_fixed_pooled", "lira_offline_fixed_raw",
    "lira_offline_z_per_example", "lira_offline_z_fixed_pooled", "lira_offline_z_fixed_raw", "attack_p", "attack_r",
    "rmia_online", "rmia_offline", "rmia_offline_scaled_z", "rmia_offline_scaled_z_gamma1", "entropy", "mod_entropy",
    "mink_0.1", "mink_0.2", "mink_0.5", "minkpp_0.1", "minkpp_0.2", "minkpp_0.5", "zlib_ratio",
]
ROWS = [0, 20, 61, 122, 153]


def read(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    return {
        name: (entry["dtype"], entry["shape"], data[8 + size:][slice(*entry["data_offsets"])])
        for name, entry in header.items()
    }


def write(path, arrays, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, (dtype, shape, data) in arrays.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in arrays.values()))


golden, here = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parent
inputs, outputs = (read(golden / "attacks" / f"{name}.safetensors") for name in ("inputs", "outputs"))
write(here / "signals.safetensors", {new: inputs[old] for old, new in INPUTS.items() if old != "tied_scores"},
      {"signal": "confidence"})
write(here / "tied.safetensors", {"target": inputs["tied_scores"], "truth": inputs["target_member"]},
      {"signal": "logit-confidence"})
write(here / "scores.safetensors", {name: outputs[name] for name in OUTPUTS}, {"from": "outputs.safetensors"})
write(here / "answers.safetensors", {"probabilities": inputs["probs"], "labels": inputs["labels"]}, {})
write(here / "texts.safetensors",
      {"logits": inputs["lm_logits"], "tokens": inputs["lm_tokens"], "zlib_lengths": outputs["zlib_len"]}, {})
roc = json.loads((golden / "attacks" / "golden_attacks.json").read_text())["scalars"]["roc"]
(here / "roc.json").write_text(json.dumps(roc, indent=1) + "\n")
rows = json.loads((golden / "accounting.json").read_text())["rows"]
keys = ["sigma", "q", "steps", "delta", "rdp", "rdp_classic", "exact"]
(here / "accounting.json").write_text(json.dumps([{k: rows[i].get(k) for k in keys} for i in ROWS], indent=1) + "\n")
