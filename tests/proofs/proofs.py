#!/usr/bin/env python3
"""Three proofs of each floating-point cost model, and its reference kernel's values; see README.md.

usage: proofs.py --command COSTSCAN --root SOURCE_TREE --build FOLDER [--compiler CXX] [--costmodels FOLDER] [--only FOLDER/OP]... [--show]
Prints the table. Exit code 1 where a proof does not hold, 77 where packages are missing.
"""

import argparse
import faulthandler
import os
import pathlib
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
try:
    import numpy  # noqa: F401
    import onnx  # noqa: F401
    import onnxruntime  # noqa: F401
except ImportError as missing:
    print(f"SKIP: {missing} (scripts/requirements-test.txt lists the packages)")
    sys.exit(77)

import cases as case_table
import coverage
import costs
import oracle
import reference
import source

HERE = pathlib.Path(__file__).parent
DRAWS = 3


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", required=True)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--costmodels", type=pathlib.Path, help="cost models to prove instead of ROOT/costmodels")
    parser.add_argument("--only", action="append", help="folder/Op (repeatable)")
    parser.add_argument("--without-source", action="store_true", help="leave the source analysis out, which takes longest")
    parser.add_argument("--show", action="store_true", help="counts of every kernel")
    options = parser.parse_args()
    options.costmodels = options.costmodels or options.root / "costmodels"
    return options


class Results:
    """Per operator: what each proof said. A problem is a line; no problem and at least one node is a proof."""

    def __init__(self):
        self.ops = {}

    def of(self, op):
        return self.ops.setdefault(op, {"nodes": 0, "counted": [], "source": [], "values": [], "oracles": set(), "derived": 0, "differs": set(),
                                        "underived": set(), "partly": set(), "bounded": set(), "forms": {}})


def optional_names(table):
    """op → tensors that any of its cases names: where one does not, it is absent there."""
    names = {}
    for case in table:
        own = names.setdefault(case_table.operator(case), set())
        own |= {*case.get("inputs", {}), *case.get("outputs", []), *case.get("scratch", {})}
    return names


def execute(references, node, op, wanted, optional, into):
    """Runs both builds; → the counting log. Values are compared here."""
    log = None
    for mode in (reference.PLAIN, reference.COUNTED):
        tensors = {**{k: None if v is None else v.copy() for k, v in node.inputs.items()}, **{k: v.copy() for k, v in node.scratch.items()}}
        made = {name: blank(wanted[name]) for name in node.outputs if name}
        log = references.run(op, mode, {**tensors, **made}, node.numbers, optional)
        for name, array in made.items():
            if name in node.case.get("unchecked", []):
                continue
            problem = agreement(node.case, array, wanted[name])
            if problem:
                into["values"].append(f"{node.name} {name} ({mode}): {problem}")
    return log


def agreement(case, array, wanted):
    """None, or how the values differ: random ones agree in their distribution."""
    if "distribution" in case:
        return costs.same_distribution(array, wanted, case["distribution"])
    return costs.close(array, wanted, case.get("tolerance", 2e-5))


def measured(line, case):
    """A line of the log as measures: distinct bytes, streamed ones for kernels that the table names so."""
    if line.kernel in case.get("streamed", []):
        return {**vars(line), "read": line.streamed_read, "write": line.streamed_write}
    return vars(line)


def blank(like):
    import numpy as np

    return np.full(like.shape, np.nan if like.dtype == np.float32 else 0, dtype=like.dtype)


def allowance(node, kernel, measure, used):
    """What the table says of a difference, each with a reason: → (what the reference does beyond the model, whether the
    model is only a bound)."""
    extra, bound = 0, False
    for entry in node.case.get("differs", []):
        if entry.get("kernel", kernel) == kernel and measure in entry:
            if entry[measure] == "at most":
                bound = True
            else:
                extra += int(case_table.value_of(entry[measure], node.numbers, node.name))
            used.add((kernel, measure, entry[measure], entry["why"]))
    return extra, bound


def within(actual, wanted, bound):
    """Whether a model agrees with bounds that the source analysis derives, or may exceed what was counted."""
    if isinstance(actual, tuple):
        return actual[0] <= wanted and (bound or wanted <= actual[1])
    return bound and actual < wanted


def compare(node, model, counted, label, into, proof, differs):
    """Every kernel and measure; the difference must be what the table states."""
    if isinstance(model, str):
        into[proof].append(f"{node.name}: the cost model does not know: {model}")
        return
    models = costs.by_kernel(model)
    for name in sorted(set(models) | set(counted)):
        if name not in counted or name not in models:
            if name not in models or any(models[name].values()):
                into[proof].append(f"{node.name}: kernel {name} only in {'the cost model' if name in models else label}")
            continue
        for measure in costs.MEASURES:
            extra, bound = allowance(node, name, measure, differs)
            actual, wanted = counted[name][measure], models[name][measure] + extra
            if actual is None or actual == wanted or within(actual, wanted, bound):
                continue
            stated = f" + {extra} (stated)" if extra else ""
            into[proof].append(f"{node.name} {name}.{measure}: model {models[name][measure]}{stated}, {label} {actual}")


def prove(options):
    table = case_table.load(HERE / "cases")
    if options.only:
        table = [case for case in table if case_table.operator(case) in options.only]
    wanted_ops = {case_table.operator(case) for case in table}
    references = reference.References(options.root / "costmodels/reference", options.build, options.compiler,
                                      wanted_ops if options.only else None)
    results, optional = Results(), optional_names(table)
    nodes, wanted = [], {}
    for case in table:
        op = case_table.operator(case)
        into = results.of(op)
        for node in case_table.draw(case, case.get("draws", DRAWS)):
            try:
                wanted[node.name], name = oracle.expected(node)
            except ValueError as error:
                into["values"].append(str(error))
                continue
            into["oracles"].add(name)
            # Extents that contents decide: run's parameter NAME_last is the last one of output NAME.
            node.numbers.update({f"{output}_last": array.shape[-1] for output, array in wanted[node.name].items() if array.ndim})
            nodes.append(node)
    with tempfile.TemporaryDirectory() as folder:
        models = costs.of_models(options.command, options.costmodels, nodes, wanted, pathlib.Path(folder))
    sources = source.Sources(options.command, references, [] if options.without_source else [op for op in wanted_ops if op in references.files])
    sources.available &= not options.without_source
    runs = []
    for node in nodes:
        op = case_table.operator(node.case)
        into = results.of(op)
        if op not in references.files:
            into["counted"].append(f"{node.name}: costmodels/reference/{op}.cpp is missing")
            continue
        log = execute(references, node, op, wanted[node.name], optional[op], into)
        into["nodes"] += 1
        counted = costs.by_kernel([(line.kernel, measured(line, node.case)) for line in log])
        if options.show:
            show(node, models[node.name], counted)
        compare(node, models[node.name], counted, "counted", into, "counted", into["differs"])
        if not node.name.endswith(f"#{DRAWS - 1}"):  # two instances of each case do: formulas are no samples
            runs.append((node, op, log, models[node.name], node.case.get("streamed", [])))
    source.check(sources, runs, references.functions, results, compare)
    return table, references, results


def show(node, model, counted):
    print(node.name, {k: v for k, v in node.numbers.items() if not callable(v)})
    for name, measures in (costs.by_kernel(model) if not isinstance(model, str) else {}).items():
        print("   ", name, measures, counted.get(name))


def main():
    faulthandler.enable()  # a reference kernel that goes astray shows where it was called
    options = arguments()
    try:
        table, references, results = prove(options)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return coverage.report(options, table, references, results)


if __name__ == "__main__":
    sys.exit(main())
