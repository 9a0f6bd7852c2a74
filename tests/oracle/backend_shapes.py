"""ONNX's own backend node tests, through load, shapes and costs: the inferred output shapes and types against the
stored outputs, and a cost for every node.

Every input becomes an initializer, so that contents that decide shapes are known, as the tests' data sets give them.
usage: backend_shapes.py --dump DUMP_SHAPES [--verbose] [--index FILE [--write]]
--index compares (or writes) the list of operators that have such a case, which `costscan list ops` shows as a proof.
Exit code 1: a mismatch, an unknown shape or a node without a cost; or an index that is not up to date.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

try:
    import numpy as np
    import onnx
    from onnx import TensorProto, numpy_helper
    from onnx.backend.test.case.node import collect_testcases
except ImportError as missing:
    print(f"SKIP: {missing} (scripts/requirements-test.txt lists the packages)")
    sys.exit(77)

DTYPES = {"FLOAT": "float32", "DOUBLE": "float64", "BOOL": "bool"} | {
    name: name.lower() for name in TensorProto.DataType.keys() if name not in ("FLOAT", "DOUBLE", "BOOL")
}

def add_sequence(model, value, arrays):
    """The sequence `value` as a node over initializers, ahead of the test's own nodes."""
    element = value.type.sequence_type.elem_type
    if not arrays or not element.HasField("tensor_type"):
        dtype = element.tensor_type.elem_type or TensorProto.FLOAT
        node = onnx.helper.make_node("SequenceEmpty", [], [value.name], dtype=dtype)
    else:
        names = [f"{value.name}_element_{i}" for i in range(len(arrays))]
        model.graph.initializer.extend(numpy_helper.from_array(np.asarray(a), n) for a, n in zip(arrays, names))
        node = onnx.helper.make_node("SequenceConstruct", names, [value.name])
    model.graph.node.insert(0, node)


def fixed_model(case, with_values):
    """The test's model with its inputs as they are in the data set; → (model, expected outputs)."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    inputs, outputs = case.data_sets[0]
    kept = []
    for value, array in zip(model.graph.input, inputs):
        if isinstance(array, (np.ndarray, np.generic)) and value.type.HasField("tensor_type"):
            if with_values:
                model.graph.initializer.append(numpy_helper.from_array(np.asarray(array), value.name))
                continue
        elif isinstance(array, (list, tuple)) and with_values and value.type.HasField("sequence_type"):
            add_sequence(model, value, array)
            continue
        elif isinstance(array, onnx.TensorProto) and with_values:
            tensor = onnx.TensorProto()
            tensor.CopyFrom(array)
            tensor.name = value.name
            model.graph.initializer.append(tensor)
            continue
        kept.append(value)
    del model.graph.input[:]
    model.graph.input.extend(kept)
    for value in model.graph.output:  # what the file declares must not help
        if value.type.HasField("tensor_type"):
            value.type.tensor_type.ClearField("shape")
    return model, outputs


def describe(array):
    if isinstance(array, onnx.TensorProto):
        return DTYPES.get(TensorProto.DataType.Name(array.data_type), "other"), "x".join(map(str, array.dims)) or "scalar"
    if isinstance(array, (list, tuple)) or array is None:
        return None
    array = np.asarray(array)
    return str(array.dtype), "x".join(map(str, array.shape)) or "scalar"


def check(dump, case, folder):
    model, outputs = fixed_model(case, True)
    path = Path(folder) / f"{case.name}.onnx"
    onnx.save(model, path)
    text = subprocess.run([dump, str(path), "--costs"], capture_output=True, text=True)
    path.unlink()
    ops = "+".join(sorted({n.op_type for n in model.graph.node}))
    if text.returncode != 0:
        return case.name, ops, "refused", text.stderr.strip()[:300]
    ours = {}
    for line in text.stdout.splitlines():
        if not line.startswith("#"):
            scope, name, dtype, shape, flags = line.split("\t")
            if not scope:
                ours[name] = (dtype, shape, flags)
    for line in text.stdout.splitlines():
        if line.startswith("# cost\t"):
            _, scope, node, op, trust, reason = line.split("\t")
            if trust == "unknown":
                return case.name, ops, "uncovered", f"{scope} node {node} {op}: {reason}"
    notes = [line for line in text.stdout.splitlines() if line.startswith("# warning")]
    verdict, detail = "same", ""
    for value, expected in zip(model.graph.output, outputs):
        theirs = describe(expected)
        if theirs is None:
            continue
        mine = ours[value.name]
        if mine[1] == "?":
            return case.name, ops, "unknown", f"{value.name}: ran {theirs}; {' '.join(notes)[:200]}"
        if mine[1] != theirs[1]:
            run = [] if theirs[1] == "scalar" else [int(x) for x in theirs[1].split("x")]
            bound = [] if mine[1] == "scalar" else [int(x) for x in mine[1].split("x")]
            if "d" in mine[2] and len(run) == len(bound) and all(a <= b for a, b in zip(run, bound)):
                verdict, detail = "bound", f"{mine[1]} ran {theirs[1]}"
                continue
            return case.name, ops, "mismatch", f"{value.name}: inferred {mine}, ran {theirs}"
        if mine[0].split(":")[-1] != theirs[0] and theirs[0] not in ("object",) and not theirs[0].startswith("<U"):
            if not mine[0].startswith(("float8", "float4", "bfloat16", "int4", "uint4", "int2", "uint2")):
                return case.name, ops, "mismatch", f"{value.name}: inferred {mine}, ran {theirs}"
    return case.name, ops, verdict, detail


def operators(cases):
    """Operators that the cases hold, qualified as costmodels/ has them: "onnx/Abs 3" for three cases."""
    counts = Counter()
    for case in cases:
        domains = {(node.domain or "onnx", node.op_type) for node in case.model.graph.node}
        counts.update(f"{'onnx' if domain == 'ai.onnx' else domain}/{op}" for domain, op in domains)
    return "".join(f"{name} {count}\n" for name, count in sorted(counts.items()))


def check_index(path, cases, write):
    """Writes the index or compares it; → 1 where it is stale."""
    text = operators(cases)
    if write:
        path.write_text(text)
    if path.is_file() and path.read_text() == text:
        return 0
    print(f"{path}: is not what onnx {onnx.__version__} has; run this script with --write")
    return 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dump", required=True)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--index", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    cases = [c for c in collect_testcases(None) if c.model is not None and c.data_sets]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda case: check(options.dump, case, folder), cases))
    counts = Counter(verdict for _, _, verdict, _ in results)
    for name, ops, verdict, detail in results:
        if verdict != "same" and (verdict != "bound" or options.verbose):
            print(f"{verdict:9} {name} ({ops}): {detail}")
    bad = len(results) - counts["same"] - counts["bound"]
    print(f"{len(results)} backend node tests: {dict(counts)}; {bad} failed")
    stale = check_index(options.index, cases, options.write) if options.index else 0
    return 1 if bad or stale or not results else 0


if __name__ == "__main__":
    sys.exit(main())
