#!/usr/bin/env python3
"""How well the static plan (analyzer/plan) agrees with the graph that ONNX Runtime itself makes.

    bench/plan_check.py --dump build/bench/bench/plan_dump [MODEL.onnx ...] [--levels all,basic] [--diff] [--golden FILE]

For every model and level it prints the nodes of both, the share of the runtime's nodes that the plan has too (same operator,
same outputs), the share of the arithmetic of those nodes, and the operators that differ in number. Without models it takes
shared/corpus. A node's outputs are compared by name where the original graph has that name, else by what they are computed
from, because the runtime's generated names carry counters. Missing external weights are replaced by a sparse file of zeros:
nothing is executed, and no decision of the CPU optimiser reads big weights.

`--golden FILE` writes the runtime's operator counts, which tests/unit/plan_golden.cpp compares with the plan.
"""

import argparse
import collections
import functools
import pathlib
import statistics
import sys
import tempfile

import onnx
import onnxruntime

from common import ROOT, Failed, corpus_folder, output_of
from onnx_models import LEVELS, session_of, session_options, zero_weights

sys.setrecursionlimit(100_000)

Node = collections.namedtuple("Node", "op inputs outputs work")


def with_zero_weights(source, target):
    """Writes `source` to `target` with all external tensors in one sparse file of zeros beside it."""
    model = onnx.load(source, load_external_data=False)
    zero_weights(model, target.parent, target.name + ".weights", apart=True)
    onnx.save(model, target)


def saved_graph(model, level, folder):
    """The runtime's own graph of that level, without weights."""
    sink = folder / "sink"
    if not sink.is_symlink():
        sink.symlink_to("/dev/null")
    target = folder / f"{level}.onnx"
    options = session_options(level, optimized_model_external_initializers_file_name=sink.name,
                              optimized_model_external_initializers_min_size_in_bytes=1024)
    options.optimized_model_filepath = str(target)
    session_of(model, options)
    return target


def dumped(command, *arguments):
    """plan_dump's nodes."""
    nodes = []
    for line in output_of([command, *arguments]).splitlines():
        op, domain, inputs, outputs, work, _ = line.split("\t")
        nodes.append(Node(f"{domain}.{op}" if domain else op, inputs.split(";"), outputs.split(";"), int(work)))
    return nodes


def keys(nodes, original):
    """For each node what identifies it: its operator and its outputs, generated names replaced by their computation."""
    made = {name: (node, slot) for node in nodes for slot, name in enumerate(node.outputs) if name}

    @functools.cache
    def identity(name):
        if name.startswith("@"):
            return "constant"
        if name in original or name not in made:
            return name
        node, slot = made[name]
        return str(hash((node.op, slot, tuple(map(identity, node.inputs)))))

    return [(node.op, *map(identity, node.outputs)) for node in nodes]


def compare(runtime, plan, original):
    """(share of nodes, share of arithmetic, operator counts that differ, differing nodes of each side)."""
    runtime_keys, plan_keys = keys(runtime, original), keys(plan, original)
    left = collections.Counter(plan_keys)
    missing, agreed, work, all_work = [], 0, 0, 0
    for node, key in zip(runtime, runtime_keys):
        all_work += node.work
        if left[key] > 0:
            left[key] -= 1
            agreed += 1
            work += node.work
        else:
            missing.append(node)
    surplus = [node for node, key in zip(plan, plan_keys) if left[key] > 0]
    counts = collections.Counter(n.op for n in plan)
    counts.subtract(collections.Counter(n.op for n in runtime))
    return (agreed / max(len(runtime), len(plan), 1), work / all_work if all_work else 1.0,
            {op: n for op, n in counts.items() if n}, missing, surplus)


def check_model(path, levels, arguments, cells, golden):
    """One model's rows."""
    tensors = onnx.load(path, load_external_data=False).graph
    original = {name for node in tensors.node for name in node.output} | {i.name for i in tensors.input}
    with tempfile.TemporaryDirectory(prefix="costscan-plan-") as temporary:
        folder = pathlib.Path(temporary)
        with_zero_weights(path, folder / "model.onnx")
        for level in levels:
            try:
                saved = saved_graph(folder / "model.onnx", level, folder)
            except Exception as refused:  # the runtime's own exceptions share no base class
                print(f"{path.stem:28} {level:9} refused by the runtime: {str(refused).splitlines()[0][:90]}")
                continue
            try:
                runtime = dumped(arguments.dump, "--as-is", saved)
                plan = dumped(arguments.dump, folder / "model.onnx", "--level", level)
            except Failed as failed:
                print(f"{path.stem:28} {level:9} FAILED {failed}")
                cells.append((path.stem, level, 0.0, 0.0))
                continue
            nodes, work, counts, missing, surplus = compare(runtime, plan, original)
            golden[path.stem][level] = collections.Counter(n.op for n in runtime)
            cells.append((path.stem, level, nodes, work))
            text = " ".join(f"{op.removeprefix('com.microsoft.')}{n:+d}" for op, n in sorted(counts.items()))
            print(f"{path.stem:28} {level:9} {len(runtime):5d} {len(plan):5d} {nodes:7.1%} {work:7.1%}  {text}", flush=True)
            if arguments.diff:
                for sign, side in (("-", missing), ("+", surplus)):
                    for node in side[: arguments.diff]:
                        print(f"    {sign} {node.op}({', '.join(node.inputs)}) -> {', '.join(node.outputs)}")


def write_golden(file, golden):
    """Operator counts as YAML, a line per model and level."""
    lines = [f"# Operators of the graph that ONNX Runtime {onnxruntime.__version__} saves: bench/plan_check.py --golden.",
             f"runtime: {onnxruntime.__version__}", "models:"]
    for model, levels in sorted(golden.items()):
        lines.append(f"  {model}:")
        for level, counts in levels.items():
            cells = ", ".join(f"{op}: {n}" for op, n in sorted(counts.items()))
            lines.append(f"    {level}: {{{cells}}}")
    pathlib.Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", type=pathlib.Path)
    parser.add_argument("--dump", default=ROOT / "build/bench/bench/plan_dump", help="the program plan_dump")
    parser.add_argument("--levels", default=",".join(LEVELS), help="comma-separated levels")
    parser.add_argument("--diff", type=int, default=0, metavar="N", help="print up to N differing nodes of each side")
    parser.add_argument("--golden", help="write the runtime's operator counts to this file")
    arguments = parser.parse_args()
    models = arguments.models or sorted(corpus_folder().glob("*.onnx"))
    cells, golden = [], collections.defaultdict(dict)
    print(f"{'model':28} {'level':9} {'ort':>5} {'plan':>5} {'nodes':>7} {'work':>7}  plan minus runtime")
    for path in models:
        check_model(path, arguments.levels.split(","), arguments, cells, golden)
    for level in arguments.levels.split(","):
        rows = [c for c in cells if c[1] == level]
        if rows:
            print(f"{level}: {len(rows)} models; nodes median {statistics.median(c[2] for c in rows):.1%}, at least 90% in "
                  f"{sum(c[2] >= 0.9 for c in rows)}; work median {statistics.median(c[3] for c in rows):.1%}, at least "
                  f"95% in {sum(c[3] >= 0.95 for c in rows)}")
    if arguments.golden:
        write_golden(arguments.golden, golden)


if __name__ == "__main__":
    sys.exit(main())
