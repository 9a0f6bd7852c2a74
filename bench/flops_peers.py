#!/usr/bin/env python3
"""FLOPs of single operators side by side: costscan, onnx_tool, torch's FlopCounterMode and thop.

usage: bench/flops_peers [--costscan COMMAND] [--write docs/flops-compared.md]   (the wrapper makes the venv)
Every disagreement needs a derivation in flops_reasons.py that yields the peer's number; exit code 1 where one lacks a
derivation, where a derivation yields something else, or is no longer needed.
"""

import argparse
import contextlib
import csv
import importlib.metadata
import io
import logging
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnx_tool
import thop
import torch
from onnx import TensorProto, helper, numpy_helper
from torch.utils.flop_counter import FlopCounterMode

from flops_cases import CASES
from flops_reasons import REASONS, UNCOUNTED

PEERS = ("onnx_tool", "torch", "thop")
OPSETS = {"Attention": 24}


def constant(kind, value, name):
    if kind == "weight":
        array = np.random.default_rng(1).standard_normal(value).astype(np.float32)
    else:
        array = np.array(value, dtype=kind)
    return numpy_helper.from_array(array, name)


def model_of(case):
    """One node between graph inputs and one output."""
    inputs, initializers, names = [], [], []
    for name, operand in case.inputs.items():
        names.append("" if operand is None else name)
        if operand is None:
            continue
        if isinstance(operand[0], str):
            initializers.append(constant(*operand, name))
        else:
            inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, operand))
    node = helper.make_node(case.op, names, case.outputs, name=case.op, domain=case.domain, **case.attrs)
    graph = helper.make_graph([node], "one", inputs, [], initializers)
    graph.output.extend(onnx.ValueInfoProto(name=o) for o in case.outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSETS.get(case.op, 20))], ir_version=10)
    return onnx.shape_inference.infer_shapes(model)


def count_costscan(command, path):
    done = subprocess.run([command, str(path), "--static", "--report", "csv"], capture_output=True, text=True, check=True)
    row = next(csv.DictReader(io.StringIO(done.stdout)))
    if row["trust"] == "unknown":
        raise SystemExit(f"{path}: costscan has no cost")
    counts = {name: int(row[name]) for name in ("flops", "macs", "transcendentals")}
    levels = [command, str(path), "--static", "--report", "csv", "--level", "kernel"]
    kernels = csv.DictReader(io.StringIO(subprocess.run(levels, capture_output=True, text=True, check=True).stdout))
    terms = [f"{row['kernel']} `{row['flops_formula']}` = {int(row['flops']):,}" for row in kernels if int(row["flops"])]
    return counts | {"kernels": "; ".join(terms) or "no FLOPs"}


def count_onnx_tool(model):
    """Its MACs of the node; None where it refuses the operator."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            profiled = onnx_tool.Model(model)
            profiled.graph.shape_infer()
            profiled.graph.profile()
            return int(round(float(np.sum(profiled.graph.macs[0]))))
        except Exception:  # it reports what it cannot do by exceptions of many types
            return None


def count_torch(case):
    operands = []
    for operand in case.inputs.values():
        if operand is None or (isinstance(operand[0], str) and operand[0] != "weight"):
            continue
        operands.append(torch.randn(operand[1] if operand[0] == "weight" else operand))
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        case.torch(*operands)
    return counter.get_total_flops()


def count_thop(case):
    if case.module is None:
        return None
    module, inputs = case.module()
    with contextlib.redirect_stdout(io.StringIO()):
        macs, _ = thop.profile(module, inputs=tuple(inputs), verbose=False)
    return int(round(macs))


def agrees(peer, count, ours):
    """torch counts FLOPs; the others multiply-accumulates, which for operators without any are operations."""
    if peer == "torch":
        return count == ours["flops"]
    return count == (ours["macs"] if ours["macs"] > 0 else ours["flops"])


HEADER = """\
# FLOPs of single operators, side by side

Made by `bench/flops_peers --write docs/flops-compared.md` (it fails where a disagreement has no derivation, or where a
derivation no longer yields the peer's number). Every row is a model of one operator.

- **costscan** counts a FLOP per addition, multiplication, division, comparison or transcendental function, and 2 per
  multiply-accumulate ([conventions](../costmodels/README.md)).
- **torch** {torch}: `FlopCounterMode`, in FLOPs.
- **onnx_tool** {onnx_tool} and **thop** {thop} count multiply-accumulates: their number is held against costscan's MACs, and
  against its FLOPs where an operator has no MACs.
- `=` agrees; *n* differs, and note *n* derives it; an empty cell: the counter does not do this operator.
- *none*: the counter takes the operator for free. torch: {torch_free}. thop: {thop_free}.

| operator | case | FLOPs | MACs | onnx_tool | torch | thop |
|---|---|---:|---:|---:|---:|---:|
"""


def row_of(case, ours, counts, reasons, notes):
    """One row; what differs is appended to `notes`."""
    cells = []
    for peer in PEERS:
        reason = next((r for r in reasons if r[0] == peer), None)
        if reason is None:
            cells.append("" if counts[peer] is None else "=")
        elif reason[2] is UNCOUNTED.get(peer):
            cells.append("none")
        else:
            notes.append((case, counts[peer], ours, reason))
            cells.append(f"{counts[peer]:,} [{len(notes)}](#{len(notes)})")
    macs = f"{ours['macs']:,}" if ours["macs"] else ""
    return f"| `{case.domain or 'onnx'}/{case.op}` | {case.name} | {ours['flops']:,} | {macs} | {' | '.join(cells)} |\n"


def table(rows):
    """Markdown: one row per case, then the derivation of every number that differs, beside costscan's own."""
    versions = {name: importlib.metadata.version(name.replace("_", "-")) for name in PEERS}
    out = [HEADER.format(**versions, **{f"{peer}_free": why for peer, why in UNCOUNTED.items()})]
    notes = []
    out += [row_of(case, ours, counts, reasons, notes) for case, ours, counts, reasons in rows]
    differ = sum(len(reasons) for *_, reasons in rows)
    same = sum(count is not None for _, _, counts, _ in rows for count in counts.values()) - differ
    out.append(f"\n{len(rows)} cases of {len({case.op for case, *_ in rows})} operators; {same} numbers of other counters agree with "
               f"costscan's, {differ - len(notes)} are none, {len(notes)} differ:\n\n")  # fmt: skip
    for number, (case, count, ours, (peer, expression, why)) in enumerate(notes, 1):
        out.append(f'{number}. <a id="{number}"></a>{case.name}: {peer} {why}: `{expression}` = {count:,}. '
                   f"costscan: {ours['kernels']}.\n")  # fmt: skip
    return "".join(out)


def derived(expression, ours):
    return eval(expression, {"__builtins__": {}}, dict(ours))  # our own table, nothing from outside


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--costscan", default="build/release/costscan")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--raw", action="store_true", help="only print the numbers")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    torch.manual_seed(1)
    rows, problems, used = [], [], set()
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            path = Path(folder) / "one.onnx"
            onnx.save(model_of(case), path)
            ours = count_costscan(options.costscan, path)
            counts = {"onnx_tool": count_onnx_tool(str(path)), "torch": count_torch(case), "thop": count_thop(case)}
            if options.raw:
                print(case.name, ours, counts)
                continue
            notes = []
            for peer, count in counts.items():
                if count is None:
                    continue
                if agrees(peer, count, ours):
                    if (case.name, peer) in REASONS:
                        problems.append(f"{case.name}, {peer}: agrees; its reason is stale")
                    continue
                if (case.name, peer) in REASONS:
                    expression, why = REASONS[case.name, peer]
                    used.add((case.name, peer))
                elif count == 0 and peer in UNCOUNTED:
                    expression, why = "0", UNCOUNTED[peer]
                else:
                    problems.append(f"{case.name}, {peer}: {count}, costscan {ours}: no reason")
                    continue
                if derived(expression, ours) != count:
                    problems.append(f"{case.name}, {peer}: the reason derives {derived(expression, ours)}, it says {count}")
                notes.append((peer, expression, why))
            rows.append((case, ours, counts, notes))
    problems += [f"{case}, {peer}: a reason for what is not compared" for case, peer in REASONS.keys() - used
                 if not options.raw and not any(case in p for p in problems)]  # fmt: skip
    for problem in problems:
        print(problem, file=sys.stderr)
    if options.write and not problems:
        options.write.write_text(table(rows))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
