#!/usr/bin/env python3
"""Models written by `--report onnx`, against ONNX's checker, ONNX Runtime, and the JSON report.

For each model: without the entries that costscan added, protobuf sees the model that it was given; the checker accepts
it; both give the same outputs in ONNX Runtime; and every node's entries are the figures of the JSON report.

Usage: annotated_onnx.py --command COSTSCAN MODEL...
"""

import argparse
import pathlib
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
try:
    import numpy as np
    import onnx
    from onnx_models import drawn_feeds, is_missing, session_of, session_options, stored_tensors
except ImportError as missing:
    print(f"SKIPPED: {missing} (scripts/requirements-test.txt)")
    sys.exit(77)
from common import output_of, report_of

PREFIX = "costscan."
DIMS = {"batch": 2, "seq": 5, "past": 3, "total": 8, "rounds": 2}


def nested_model():
    """An If in a Loop, a function that is called twice, and a weight above any copying threshold."""
    text = """
    <ir_version: 10, opset_import: ["" : 20, "local" : 1]>
    nested (float[4, 4] x, bool flag) => (float[4, 4] y) {
      a = local.twice(x)
      b = local.twice(a)
      trips = Constant <value_int = 3> ()
      c = Loop (trips, flag, b) <body = step (int64 i, bool go, float[4, 4] v) => (bool go_on, float[4, 4] out) {
        go_on = Identity (go)
        out = If (go) <then_branch = yes () => (float[4, 4] r) { r = Tanh (v) },
                       else_branch = no () => (float[4, 4] s) { s = Neg (v) }>
      }>
      d = MatMul (c, big)
      y = Add (d, x)
    }
    <domain: "local", opset_import: ["" : 20]>
    twice (p) => (q) { q = Add (p, p) }
    """
    model = onnx.parser.parse_model(text)
    big = onnx.numpy_helper.from_array(np.linspace(-1, 1, 16, dtype=np.float32).reshape(4, 4), "big")
    spare = onnx.numpy_helper.from_array(np.zeros((300, 300), np.float32), "spare")
    model.graph.initializer.extend([big, spare])
    return model


def without_entries(model):
    """The model as it was before, and the entries that were taken away: {(graph path, place): {key: value}}."""
    found = {}

    def strip(holder, where):
        mine = [entry for entry in holder.metadata_props if entry.key.startswith(PREFIX)]
        found[where] = {entry.key.removeprefix(PREFIX): entry.value for entry in mine}
        for entry in mine:
            holder.metadata_props.remove(entry)

    def walk(nodes, path):
        for place, node in enumerate(nodes):
            strip(node, (path, place))
            for attribute in node.attribute:
                for body in [attribute.g, *attribute.graphs]:
                    walk(body.node, f"{path}/{place}:{attribute.name}")

    strip(model, "model")
    walk(model.graph.node, "main")
    for function in model.functions:
        walk(function.node, f"function {function.name}")
    return found


def outputs(path):
    feeds = drawn_feeds(onnx.load(path, load_external_data=False), DIMS, 7)
    return session_of(path, session_options("all", threads=0)).run(None, feeds)


def check_figures(report, found, problems):
    """Top-level nodes: each entry is the report's own figure."""
    for node in report["nodes"]:
        if node["subgraph"]:
            continue
        entries = found.pop(("main", node["node_index"]))
        for key in ["flops", "macs", "read_bytes", "write_bytes", "compulsory_bytes", "weight_bytes"]:
            if entries.get(key) != (None if node[key] is None else str(node[key])):
                problems.append(f"node {node['node_index']}: {key} is {entries.get(key)}, not {node[key]}")
        if entries.get("trust") != node["trust"] or float(entries["predicted_us"]) != node["predicted_us"]:
            problems.append(f"node {node['node_index']}: trust or predicted_us differs")
    inner = sum(int(entries["flops"]) for where, entries in found.items() if where != "model" and "flops" in entries)
    wanted = sum(node["flops"] for node in report["nodes"] if node["subgraph"])
    if inner != wanted:
        problems.append(f"nodes of bodies and functions sum to {inner} FLOPs, not {wanted}")


def check(command, source, folder, runs):
    problems = []
    target = folder / "out" / "annotated.onnx"
    target.parent.mkdir(exist_ok=True)
    output_of([command, source, "--static", "--report", "onnx", "-o", target])
    report = report_of(command, source, "--static")
    before = onnx.load(source, load_external_data=False)
    after = onnx.load(target, load_external_data=False)
    found = without_entries(after)
    if after.SerializeToString() != before.SerializeToString():
        problems.append("more has changed than the entries")
    check_figures(report, found, problems)
    if runs:
        onnx.checker.check_model(str(target), full_check=True)
        for one, other in zip(outputs(source), outputs(target), strict=True):
            if not np.array_equal(one, other, equal_nan=True):
                problems.append("ONNX Runtime computes something else")
    again = folder / "out" / "again.onnx"
    output_of([command, target, "--static", "--report", "onnx", "-o", again])
    if again.stat().st_size != target.stat().st_size:
        problems.append("annotating twice is not the same as once")
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--command", required=True, type=pathlib.Path)
    parser.add_argument("models", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="costscan-annotated-") as name:
        folder = pathlib.Path(name)
        nested = folder / "nested.onnx"
        onnx.save(nested_model(), nested)
        external = folder / "external.onnx"
        onnx.save(nested_model(), external, save_as_external_data=True, location="external.bin",
                  size_threshold=0)
        for source in [nested, external, *arguments.models]:
            # Models whose weights are not in the repository cannot be run.
            stored = stored_tensors(onnx.load(source, load_external_data=False))
            missing = any(is_missing(tensor, source.parent) for tensor, _, _ in stored)
            problems = check(arguments.command, source, folder, runs=not missing)
            print(f"{'FAILED' if problems else 'ok'}  {source.name}{'' if not missing else '  (not run: weights absent)'}")
            for problem in problems:
                print(f"    {problem}")
            failed += bool(problems)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
