#!/usr/bin/env python3
"""Nodes before and after costscan's passes beside onnxslim, onnxsim and onnxoptimizer, on the same files, outputs compared.

The corpus has no weights: random ones are put in, once, for all tools. Each tool runs in a process of its own, with a
limit of time. Outputs are compared in ONNX Runtime with its own optimiser off, on the same inputs.

  bench/simplifiers.py --venv /tmp/peers --command build/release/costscan --write docs/optimize-compared.md
  bench/simplifiers.py MODEL... --write docs/optimize-compared.md     other models keep the rows that the page has

The venv is made where it does not exist (onnxslim, onnxsim 0.8.1, onnxoptimizer; nothing of them is a dependency of
costscan). Exit code 1 where a costscan model does not run or differs by more than its passes promise.
"""
import argparse
import functools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from common import COMMAND, corpus_folder, passes_of, write_between

PACKAGES = ["onnxslim", "onnxsim==0.8.1", "onnxoptimizer", "onnx==1.23.2", "onnxruntime==1.31.1", "numpy"]
TOOLS = ["costscan", "costscan_exact", "onnxslim", "onnxsim", "onnxoptimizer"]
MARKER = "bench/simplifiers.py"
LARGEST = (1 << 31) - (1 << 24)  # bytes of weights: protobuf holds a file of 2 GiB

OPTIMIZER = """
import sys, onnx, onnxoptimizer
model = onnx.load(sys.argv[1])
onnx.save(onnxoptimizer.optimize(model, onnxoptimizer.get_fuse_and_elimination_passes(), fixed_point=True), sys.argv[2])
"""


def commands(tool, python, costscan, source, target):
    if tool.startswith("costscan"):
        extra = ["--passes", "default"]
        if tool == "costscan_exact":
            extra = ["--passes", "default", "--without", ",".join(inexact_passes(costscan))]
        return [costscan, "optimize", source, "-o", target, *extra]
    if tool == "onnxslim":
        return [str(Path(python).parent / "onnxslim"), source, target]
    if tool == "onnxsim":
        return [python, "-m", "onnxsim", source, target]
    return [python, "-c", OPTIMIZER, source, target]


@functools.cache
def inexact_passes(costscan):
    return passes_of(costscan, lossless=False)


def materialise(source, target):
    """The model with random numbers for every weight that its file lacks. False where that is too large."""
    import onnx
    from onnx_models import fill_missing

    model = onnx.load(source, load_external_data=False)
    if not fill_missing(model, limit=LARGEST):
        return False
    onnx.save(model, target)
    return True


def op_counts(path):
    """Main graph's nodes by operator, without Constant: tools differ in whether a constant is a node or an initializer."""
    import onnx

    model = onnx.load(path, load_external_data=False)
    return Counter(node.op_type for node in model.graph.node if node.op_type != "Constant")


def answers(path, feeds):
    from onnx_models import session_of

    session = session_of(path)
    wanted = {i.name for i in session.get_inputs()}
    return session.run(None, {name: value for name, value in feeds.items() if name in wanted})


def feeds_for(entry):
    import numpy as np
    from onnx_models import drawn_input

    draw = np.random.default_rng(3)
    return {given["name"]: drawn_input(given["name"], given["shape"], np.dtype(given["dtype"]), draw, ids=50)
            for given in entry["export_inputs"]}


def one_model(entry, options, folder):
    """Runs in a process of its own, so that memory goes back."""
    from onnx_models import difference

    source = folder / "model.onnx"
    given = Path(options.corpus) / entry["file"]
    before = op_counts(given)
    row = {"model": entry["name"], "family": entry["family"], "nodes": before.total(), "transposes": [before["Transpose"]]}
    filled = materialise(given, source)
    if not filled:
        source, row["note"] = given, "weights too large to make up"
    feeds = feeds_for(entry) if entry.get("export_inputs") else {}
    try:
        expected = answers(source, feeds) if filled else None
    except Exception as error:  # noqa: BLE001
        expected, row["note"] = None, "does not run: " + str(error).splitlines()[0].replace(str(folder), "")[:80]
    for tool in options.tools:
        target = folder / f"{tool}.onnx"
        cell = row[tool] = {}
        start = time.monotonic()
        try:
            done = subprocess.run(
                commands(tool, str(Path(options.venv) / "bin/python3"), options.command, str(source), str(target)),
                capture_output=True, text=True, timeout=options.timeout, check=False)
        except subprocess.TimeoutExpired:
            cell["failed"] = f"over {options.timeout} s"
            continue
        cell["seconds"] = time.monotonic() - start
        if done.returncode != 0 or not target.exists():
            cell["failed"] = (done.stderr.strip().splitlines() or ["no output"])[-1][:100]
            continue
        after = op_counts(target)
        cell["nodes"] = after.total()
        if tool == "costscan":
            row["transposes"].append(after["Transpose"])
        if expected is not None:
            try:
                cell["difference"] = difference(expected, answers(target, feeds)).worst
            except Exception as error:  # noqa: BLE001
                cell["failed"] = "does not run: " + str(error).splitlines()[0][:100]
        for extra in folder.glob(f"{tool}.onnx*"):
            extra.unlink()
    return row


def table_head(options):
    head = ["model", "nodes", *options.tools, "best", "Transposes"]
    return ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 3) + " --- | ---: |"]


def table(rows, options):
    lines = []
    for row in rows:
        cells = [row["model"], str(row["nodes"])]
        counts = {}
        for tool in options.tools:
            cell = row[tool]
            if "failed" in cell:
                cells.append("failed")
                continue
            gap = cell.get("difference")
            mark = "" if gap in (None, 0) else f" ({gap:.1g})"
            cells.append(f"{cell['nodes']}{mark}")
            counts[tool] = cell["nodes"]
        peers = [count for tool, count in counts.items() if not tool.startswith("costscan")]
        mine = counts.get("costscan")
        verdict = ""
        if mine is not None and peers:
            verdict = "win" if mine < min(peers) else "tie" if mine == min(peers) else f"loss by {mine - min(peers)}"
        cells += [verdict, " to ".join(str(count) for count in row["transposes"])]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def summary_of(lines):
    verdicts = Counter(line.split(" | ")[-2].split()[0] if line.split(" | ")[-2] else "" for line in lines)
    return (f"{verdicts['win']} wins, {verdicts['tie']} ties, {verdicts['loss']} losses "
            "against the best of the others")


def kept_lines(old, title, marker, rows):
    """Lines of a part of the page that are not about the models measured now."""
    part = f"\n{old}".split(f"\n{title}", 1)[-1].split("\n## ", 1)[0] if title in old else ""
    measured = {row["model"] for row in rows}
    lines = [line for line in part.splitlines() if line.startswith(marker)]
    return [line for line in lines if re.split("[,: |]+", line[len(marker):])[0] not in measured]


def page(rows, options, old="", order=()):
    lines = table(rows, options)
    if old:
        heads = ("| model |", "| --- |")
        lines += [line for line in kept_lines(old, "", "| ", rows) if not line.startswith(heads)]
        lines.sort(key=lambda line: order.index(line.split(" | ")[0][2:]))
    summary = summary_of(lines)
    failed = [f"- {row['model']}, {tool}: {row[tool]['failed']}" for row in rows for tool in options.tools
              if "failed" in row[tool]]
    notes = [f"- {row['model']}: {row['note']}" for row in rows if "note" in row]
    if old:
        failed += kept_lines(old, "## Failed", "- ", rows)
        notes += kept_lines(old, "## Not compared", "- ", rows)
    text = [
        "Written by `bench/simplifiers.py`; nodes of the main graph without Constant nodes, after each tool with its",
        "defaults (onnxoptimizer: all its fuse and eliminate passes to a fixed point). `costscan_exact` is costscan without",
        "the passes that may change a bit. In brackets: largest difference of an output from the original's, in ONNX",
        "Runtime with its own optimiser off; nothing in brackets: 0. Weights are random, the same for all tools. Transposes are",
        "counted before and after costscan's default passes.", "",
        summary + ".", "", *table_head(options), *lines, ""]
    if failed:
        text += ["## Failed", "", *failed, ""]
    if notes:
        text += ["## Not compared", "", *notes, ""]
    return "\n".join(text)


def ensure_venv(path):
    if not (Path(path) / "bin/python3").exists():
        subprocess.run([sys.executable, "-m", "venv", path], check=True)
        subprocess.run([str(Path(path) / "bin/pip"), "install", "-q", *PACKAGES], check=True)
    if Path(sys.prefix).resolve() != Path(path).resolve():
        os.execv(str(Path(path) / "bin/python3"), [str(Path(path) / "bin/python3"), *sys.argv])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help="names in the corpus; all without")
    parser.add_argument("--venv", default="/tmp/costscan-simplifiers")
    parser.add_argument("--command", default=str(COMMAND))
    parser.add_argument("--corpus", default=str(corpus_folder()))
    parser.add_argument("--tools", nargs="*", default=TOOLS)
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--write", help="Markdown file")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    ensure_venv(options.venv)
    index = [e for e in json.loads(Path(options.corpus, "index.json").read_text()) if "file" in e]
    if options.one:
        entry = next(e for e in index if e["name"] == options.one)
        with tempfile.TemporaryDirectory(prefix="costscan-simplify-") as folder:
            print(json.dumps(one_model(entry, options, Path(folder))))
        return 0
    rows = []
    for entry in index:
        if options.models and entry["name"] not in options.models:
            continue
        done = subprocess.run([sys.executable, __file__, "--one", entry["name"], "--venv", options.venv, "--command",
                               options.command, "--corpus", options.corpus, "--timeout", str(options.timeout), "--tools",
                               *options.tools], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"{entry['name']}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            continue
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(table(rows[-1:], options)[-1], flush=True)
    if options.write:
        target = Path(options.write)
        old = target.read_text(encoding="utf-8").split(f"<!-- {MARKER} -->", 1)[1].split("<!-- end -->", 1)[0]
        order = [entry["name"] for entry in index]
        write_between(target, MARKER, page(rows, options, old if options.models else "", order))
    bad = [row["model"] for row in rows if "failed" in row.get("costscan", {}) and "note" not in row or
           row.get("costscan_exact", {}).get("difference", 0) != 0]
    print(summary_of(table(rows, options)))
    if bad:
        print("costscan's models differ or fail:", ", ".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
