#!/usr/bin/env python3
"""Nodes before and after costscan's passes beside onnxslim, onnxsim and onnxoptimizer, on the same files, outputs compared.

The corpus has no weights: random ones are put in, once, for all tools. Each tool runs in a process of its own, with a
limit of time. Outputs are compared in ONNX Runtime with its own optimiser off, on the same inputs.

  bench/simplifiers.py --venv /tmp/peers --command build/release/costscan --write docs/optimize-compared.md

The venv is made where it does not exist (onnxslim, onnxsim 0.8.1, onnxoptimizer; nothing of them is a dependency of
costscan). Exit code 1 where a costscan model does not run or differs by more than its passes promise.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["onnxslim", "onnxsim==0.8.1", "onnxoptimizer", "onnx==1.23.2", "onnxruntime==1.31.1", "numpy"]
TOOLS = ["costscan", "costscan_exact", "onnxslim", "onnxsim", "onnxoptimizer"]
LARGEST = 1 << 31  # bytes of a file that protobuf can hold

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


def inexact_passes(costscan, cache={}):  # noqa: B006
    if not cache:
        listed = subprocess.run([costscan, "list", "passes"], capture_output=True, text=True, check=True).stdout
        cache["names"] = [line.split()[0] for line in listed.splitlines()[1:] if line.split()[2] != "lossless"]
    return cache["names"]


def materialise(source, target):
    """The model with random numbers for every weight that its file lacks. False where that is too large."""
    import numpy as np
    import onnx

    model = onnx.load(source, load_external_data=False)
    draw = np.random.default_rng(7)
    total = 0

    def fill(tensor):
        nonlocal total
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            return
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        count = int(np.prod(list(tensor.dims), dtype=np.int64))
        packed = tensor.data_type in (onnx.TensorProto.INT4, onnx.TensorProto.UINT4)
        size = (count + 1) // 2 if packed else count * kind.itemsize
        total += size
        if total > LARGEST:
            return
        del tensor.external_data[:]
        tensor.data_location = onnx.TensorProto.DEFAULT
        if packed or kind.kind in "iub" or kind.itemsize == 1:
            tensor.raw_data = (draw.integers(0, 2, size, dtype=np.uint8) if kind.kind == "b" else
                               draw.integers(0, 256, size, dtype=np.uint8)).tobytes()
        elif tensor.data_type == onnx.TensorProto.BFLOAT16:
            bits = (draw.standard_normal(count).astype(np.float32) * 0.02).view(np.uint32) >> 16
            tensor.raw_data = bits.astype(np.uint16).tobytes()
        else:
            # Variances and scales have to be positive; small numbers keep deep models finite.
            positive = any(word in tensor.name for word in ("var", "scale", "norm", "gamma"))
            numbers = draw.uniform(0.5, 1.5, count) if positive else draw.standard_normal(count) * 0.02
            tensor.raw_data = numbers.astype(kind).tobytes()

    def visit(graph):
        for tensor in getattr(graph, "initializer", []):
            fill(tensor)
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.TENSOR:
                    fill(attribute.t)
                elif attribute.type == onnx.AttributeProto.GRAPH:
                    visit(attribute.g)

    visit(model.graph)
    for function in model.functions:
        visit(function)
    if total > LARGEST - (1 << 24):
        return False
    onnx.save(model, target)
    return True


def node_count(path):
    """Main graph's nodes without Constant: tools differ in whether a constant is a node or an initializer."""
    import onnx

    model = onnx.load(path, load_external_data=False)
    return sum(node.op_type != "Constant" for node in model.graph.node)


def answers(path, feeds):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    # Packed constants take other kernels than computed operands, which round otherwise: not the tools' doing.
    options.add_session_config_entry("session.disable_prepacking", "1")
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    wanted = {i.name for i in session.get_inputs()}
    return session.run(None, {name: value for name, value in feeds.items() if name in wanted})


def feeds_for(entry):
    import numpy as np

    draw = np.random.default_rng(3)
    feeds = {}
    for given in entry["export_inputs"]:
        name, shape, kind = given["name"], given["shape"], np.dtype(given["dtype"])
        if kind.kind == "f":
            feeds[name] = draw.standard_normal(shape).astype(kind)
        elif "mask" in name or kind.kind == "b":
            feeds[name] = np.ones(shape, kind)
        elif "position" in name:
            feeds[name] = np.broadcast_to(np.arange(shape[-1]), shape).astype(kind)
        else:
            feeds[name] = draw.integers(0, 2 if "type" in name else 50, shape).astype(kind)
    return feeds


def difference(first, second):
    import numpy as np

    if len(first) != len(second):
        return float("inf")
    worst = 0.0
    for a, b in zip(first, second):
        a, b = np.asarray(a), np.asarray(b)
        if a.shape != b.shape or a.dtype != b.dtype:
            return float("inf")
        if a.dtype.kind not in "fiub":
            continue
        same = (a == b) | ((a != a) & (b != b))
        if not same.all():
            with np.errstate(all="ignore"):
                gap = np.abs(a.astype(np.float64) - b.astype(np.float64))[~same]
            worst = max(worst, float(np.nanmax(gap)) if np.isfinite(gap).any() else float("inf"))
    return worst


def one_model(entry, options, folder):
    """Runs in a process of its own, so that memory goes back."""
    source = folder / "model.onnx"
    given = Path(options.corpus) / entry["file"]
    row = {"model": entry["name"], "family": entry["family"], "nodes": node_count(given)}
    filled = materialise(given, source)
    if not filled:
        source, row["note"] = given, "weights too large to make up"
    feeds = feeds_for(entry) if entry.get("export_inputs") else {}
    try:
        expected = answers(source, feeds) if filled else None
    except Exception as error:  # noqa: BLE001
        expected, row["note"] = None, "does not run: " + str(error).splitlines()[0][:80]
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
        cell["nodes"] = node_count(target)
        if expected is not None:
            try:
                cell["difference"] = difference(expected, answers(target, feeds))
            except Exception as error:  # noqa: BLE001
                cell["failed"] = "does not run: " + str(error).splitlines()[0][:100]
        for extra in folder.glob(f"{tool}.onnx*"):
            extra.unlink()
    return row


def table(rows, options):
    head = ["model", "nodes", *options.tools, "best"]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 2) + " --- |"]
    wins = losses = ties = 0
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
            wins += verdict == "win"
            ties += verdict == "tie"
            losses += verdict.startswith("loss")
        cells.append(verdict)
        lines.append("| " + " | ".join(cells) + " |")
    return lines, f"{wins} wins, {ties} ties, {losses} losses against the best of the others"


def page(rows, options):
    lines, summary = table(rows, options)
    failed = [f"- {row['model']}, {tool}: {row[tool]['failed']}" for row in rows for tool in options.tools
              if "failed" in row[tool]]
    notes = [f"- {row['model']}: {row['note']}" for row in rows if "note" in row]
    text = [
        "# Node counts beside other simplifiers", "",
        "Written by `bench/simplifiers.py`; nodes of the main graph without Constant nodes, after each tool with its",
        "defaults (onnxoptimizer: all its fuse and eliminate passes to a fixed point). `costscan_exact` is costscan without",
        "the passes that may change a bit. In brackets: largest difference of an output from the original's, in ONNX",
        "Runtime with its own optimiser off; nothing in brackets: 0. Weights are random, the same for all tools.", "",
        summary + ".", "", *lines, ""]
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
    parser.add_argument("--command", default=str(ROOT / "build/release/costscan"))
    parser.add_argument("--corpus", default=os.environ.get("COSTSCAN_SHARED", str(ROOT.parent / "shared")) + "/corpus")
    parser.add_argument("--tools", nargs="*", default=TOOLS)
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--write", help="Markdown file")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    ensure_venv(options.venv)
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
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
        print(table(rows[-1:], options)[0][-1], flush=True)
    text = page(rows, options)
    if options.write:
        Path(options.write).write_text(text)
    bad = [row["model"] for row in rows if "failed" in row.get("costscan", {}) and "note" not in row or
           row.get("costscan_exact", {}).get("difference", 0) != 0]
    print(table(rows, options)[1])
    if bad:
        print("costscan's models differ or fail:", ", ".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
