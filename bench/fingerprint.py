#!/usr/bin/env python3
"""How well the families that costscan tells agree with those that the corpus states, and the table of known models.

    bench/fingerprint.py [--command build/release/costscan] [--half seen|held-out|both] [--write docs/fingerprint.md]
    bench/fingerprint.py --write-references costmodels/families/reference/corpus.yaml

Families are stated in the corpus's index.json. Architectures are dealt out to two halves, family by family, by a hash of
their names; all exports, sizes and quantisations of one architecture are on the same side. The rules
(costmodels/families) were written with the first half in view; the second was looked at when they stood. Exit code 1
where a model cannot be read.
"""
import argparse
import collections
import csv
import hashlib
import io
import json
import pathlib
import re
import sys

from common import COMMAND, Failed, corpus_folder, output_of, write_between

# What exporters, quantisers and sizes add to an architecture's name.
VARIANTS = re.compile(
    r"^(q_|b_)+|_(folded|modfuncs|fp16|bf16|hw|nokv|opset\d+|dynamic_int8(_pre)?|qdq_int8|qoperator_int8|ortfused|int4_matmulnbits"
    r"|gqa_kv(_opset\d+)?|encoder|small|base|tiny|patch16_224|b16_224|1_1b|[46]?layer|\d+layer)(?=_|$)")
# Names of one architecture.
SAME = {"tinyllama": "llama", "deit": "vit", "roberta": "bert", "distilbert": "bert", "yolov8n": "yolov8", "yolov8s": "yolov8"}
# The index has words of its own for one family.
SPELLING = {"rnn": "recurrent"}
# The index calls everything that looks at pictures vision; that detectors are told apart is no mistake.
FINER = {"yolov8": "detector"}


def architecture(name: str) -> str:
    while (shorter := VARIANTS.sub("", name)) != name:
        name = shorter
    return SAME.get(name, name)


def corpus() -> list[dict]:
    """Models with their file, stated family and architecture; the same twice where two names share a file."""
    models = []
    for entry in json.loads((corpus_folder() / "index.json").read_text()):
        path = corpus_folder() / f"{entry['name']}.onnx"
        if not path.exists():
            continue
        arch = architecture(entry["name"])
        stated = SPELLING.get(entry["family"], entry["family"])
        models.append({"name": entry["name"], "path": path, "stated": stated, "label": FINER.get(arch, stated), "architecture": arch})
    return models


def deal(models: list[dict]) -> dict[str, str]:
    """Half by architecture: in each family, in the order of a hash, the first is held out, the next one seen, ..."""
    halves = {}
    for family in sorted({m["label"] for m in models}):
        names = sorted({m["architecture"] for m in models if m["label"] == family}, key=lambda n: hashlib.sha256(n.encode()).hexdigest())
        for place, name in enumerate(names):
            halves[name] = "seen" if place % 2 else "held-out"
    return halves


def fingerprints(command: str, models: list[dict]) -> dict[str, dict]:
    try:
        printed = output_of([command, "fingerprint", "--report", "csv", *(m["path"] for m in models)])
    except Failed as why:
        sys.exit(f"fingerprint: {why}")
    csv.field_size_limit(1 << 24)
    return {row["model"]: row for row in csv.DictReader(io.StringIO(printed))}


def score(models: list[dict], told: dict[str, dict], key: str) -> tuple[int, int]:
    return sum(told[m["name"]]["family"] == m[key] for m in models), len(models)


def confusion(models: list[dict], told: dict[str, dict]) -> list[str]:
    rows = sorted({m["label"] for m in models})
    columns = sorted({told[m["name"]]["family"] for m in models} | set(rows))
    counts = collections.Counter((m["label"], told[m["name"]]["family"]) for m in models)
    lines = [f"| stated \\ told | {' | '.join(columns)} |", f"| --- |{' ---: |' * len(columns)}"]
    for row in rows:
        lines.append(f"| {row} | " + " | ".join(str(counts[row, column] or "") for column in columns) + " |")
    return lines


def report(models: list[dict], told: dict[str, dict], halves: dict[str, str], wanted: str) -> str:
    lines = []
    for half in ("seen", "held-out"):
        part = [m for m in models if halves[m["architecture"]] == half]
        if wanted not in (half, "both") or not part:
            continue
        right, of = score(part, told, "label")
        finer = score(part, told, "stated")[0]
        names = ", ".join(sorted({m["architecture"] for m in part}))
        sure = sum(float(told[m["name"]]["confidence"]) for m in part) / len(part)
        extra = f" (by the index's own words, which have no detectors: {finer})" if finer != right else ""
        lines += [f"**{half}**: {right} of {of} models right{extra}, mean confidence {100 * sure:.0f}%. Architectures: {names}.", "",
                  *confusion(part, told), ""]
        wrong = [m for m in part if told[m["name"]]["family"] != m["label"]]
        lines += [f"- {m['name']}: stated {m['label']}, told {told[m['name']]['family']} ({100 * float(told[m['name']]['confidence']):.0f}%)"
                  for m in wrong]
        lines += [""] if wrong else []
    return "\n".join(lines)


def write_references(path: pathlib.Path, models: list[dict], told: dict[str, dict]) -> None:
    """Only features that distances are made of; the JSON report does not say which, so all but times are kept."""
    first = next(iter(told.values()))
    names = [n for n in first if n not in ("model", "family", "confidence", "op_histogram") and not n.startswith("time_")]

    def figure(text: str) -> str:
        return "~" if text == "" else f"{float(text):.5g}"

    lines = ["# Fingerprints of known models, their families as the corpus states them (detectors apart). Made by",
             "#   bench/fingerprint.py --write-references costmodels/families/reference/corpus.yaml",
             "# They place a model among others; no family is told by them.",
             f"features: [{', '.join(names)}]", "models:"]
    for model in models:
        row = told[model["name"]]
        lines.append(f"  - {{model: {model['name']}, family: {model['label']}, values: [{', '.join(figure(row[n]) for n in names)}]}}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", default=str(COMMAND))
    parser.add_argument("--half", choices=["seen", "held-out", "both"], default="both")
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("--write-references", type=pathlib.Path)
    options = parser.parse_args()
    models = corpus()
    halves = deal(models)
    if options.half != "both":
        models = [m for m in models if halves[m["architecture"]] == options.half]
    told = fingerprints(options.command, models)
    if options.write_references:
        write_references(options.write_references, models, told)
        return 0
    text = report(models, told, halves, options.half)
    print(text)
    if options.write:
        write_between(options.write, "bench/fingerprint.py", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
