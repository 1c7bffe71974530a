"""Writes roc.json, shapiro.json and audits.json beside this file from the shared attack goldens.

Run as python3 generate.py <folder with golden_attacks.json>.

The scores and curves come from the safetensors files, the scalars from golden_attacks.json; nothing is computed here.
"""

import json
import pathlib
import struct
import sys

FORMATS = {"F64": "d", "U8": "B", "I64": "q"}


def tensors(path):
    data = path.read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    read = {}
    for name, entry in header.items():
        lower, upper = (start + offset for offset in entry["data_offsets"])
        form = FORMATS[entry["dtype"]]
        read[name] = list(struct.unpack(f"<{(upper - lower) // struct.calcsize(form)}{form}", data[lower:upper]))
    return read


source = pathlib.Path(sys.argv[1])
inputs, outputs = tensors(source / "inputs.safetensors"), tensors(source / "outputs.safetensors")
scalars = json.loads((source / "golden_attacks.json").read_text())["scalars"]
grades = scalars["roc"]
scores = {name: outputs[name] if name in outputs else inputs["tied_scores"] for name in grades}
golden = {
    "isMember": [bool(bit) for bit in inputs["target_member"]],
    "scores": scores,
    "grades": grades,
    "tiedFalsePositiveRates": outputs["roc_fpr"],
    "tiedTruePositiveRates": outputs["roc_tpr"],
}
shapiro = [
    {"input": case["input"], "values": inputs[case["input"]], "statistic": case["W"], "pValue": case["p"]}
    for case in scalars["shapiro"]
]
audits = [
    {name: case[name] for name in ("tp", "fp", "npos", "nneg", "delta", "confidence", "cp_eps_lb")}
    for case in scalars["two_sided_audits"]
]
for name, content in (("roc", golden), ("shapiro", shapiro), ("audits", audits)):
    indent = None if name == "shapiro" else 1
    (pathlib.Path(__file__).parent / f"{name}.json").write_text(json.dumps(content, indent=indent) + "\n")
