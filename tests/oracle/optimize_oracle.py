"""`costscan optimize` against ONNX's checker and ONNX Runtime: its output is valid, gives the same bits with the lossless
passes, and optimising it again changes nothing.

usage: optimize_oracle.py --command COSTSCAN [--backend] [--random N] [--seed S] [--verbose] [MODEL...]
--backend: ONNX's own node tests, many in one model: operands as inputs, and again as constants
--random N: N drawn graphs of shape arithmetic, views, transposes, casts and elementwise operators, of free sizes
Exit code 1: one of the above does not hold; 77: packages are missing.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
warnings.simplefilter("ignore")
try:
    import numpy as np
    import onnx
    import onnxruntime as ort
    from onnx import TensorProto, helper, numpy_helper
except ImportError as missing:
    print(f"SKIP: {missing} (scripts/requirements-test.txt lists the packages)")
    sys.exit(77)

RUNTIME_OPSET = 24


def session_of(model):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    # Packed constants take other kernels than computed operands, which round otherwise.
    options.add_session_config_entry("session.disable_prepacking", "1")
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def same_bits(first, second):
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same_bits, first, second))
    first, second = np.asarray(first), np.asarray(second)
    if first.dtype != second.dtype or first.shape != second.shape:
        return False
    if first.dtype.kind == "f":
        both_nan = np.isnan(first) & np.isnan(second)
        return bool((both_nan | ((first == second) & (np.signbit(first) == np.signbit(second)))).all())
    return bool((first == second).all()) if first.dtype.kind != "O" else first.tolist() == second.tolist()


def checker_fault(model):
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # noqa: BLE001
        return str(error).strip().splitlines()[0][:200]
    return ""


class Oracle:
    def __init__(self, options, folder):
        self.options, self.folder = options, Path(folder)
        self.failures, self.checked, self.sites, self.before, self.after = [], 0, 0, 0, 0
        listed = subprocess.run([options.command, "list", "passes"], capture_output=True, text=True, check=True).stdout
        lossless = [line.split()[0] for line in listed.splitlines()[1:] if line.split()[2] == "lossless"]
        self.passes = ",".join(lossless)

    def fail(self, name, what):
        self.failures.append(f"{name}: {what}")
        print(f"  FAILED {name}: {what}")

    def optimize(self, name, source, target):
        done = subprocess.run([self.options.command, "optimize", str(source), "-o", str(target), "--passes", self.passes,
                               "--report", "json"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.fail(name, f"exit code {done.returncode}: {done.stderr.strip()[:200]}")
            return None
        report = json.loads(done.stdout)
        for defect in report["defects"]:
            self.fail(name, f"a change was dropped: {defect}")
        return report

    def check(self, name, model, feed_sets):
        """The model through all lossless passes. `feed_sets`: inputs for several runs."""
        source, target, again = (self.folder / f"{part}.onnx" for part in ("source", "target", "again"))
        onnx.save(model, source)
        report = self.optimize(name, source, target)
        if report is None:
            return
        self.checked += 1
        self.sites += sum(len(each["applied"]) for each in report["passes"])
        self.before += report["before"]["nodes"]
        self.after += report["after"]["nodes"]
        optimized = onnx.load(target)
        fault = checker_fault(optimized)
        if fault and not checker_fault(model):  # some of ONNX's own tests do not pass its checker
            self.fail(name, "the checker: " + fault)
        second = self.optimize(name, target, again)
        if second is not None and again.read_bytes() != target.read_bytes():
            fired = [each["pass"] for each in second["passes"] if each["applied"]]
            self.fail(name, f"optimised again it changes: {fired}")
        self.compare(name, model, optimized, feed_sets)

    def compare(self, name, model, optimized, feed_sets):
        try:
            before = session_of(model)
        except Exception:  # noqa: BLE001  the runtime has no kernel for it, before or after
            return
        try:
            after = session_of(optimized)
        except Exception as error:  # noqa: BLE001
            self.fail(name, "the runtime refuses it: " + str(error).strip().splitlines()[0][:200])
            return
        for feeds in feed_sets:
            try:
                expected = before.run(None, feeds)
            except Exception:  # noqa: BLE001
                continue
            try:
                got = after.run(None, feeds)
            except Exception as error:  # noqa: BLE001
                self.fail(name, "does not run: " + str(error).strip().splitlines()[0][:200])
                return
            for output, one, other in zip(before.get_outputs(), expected, got):
                if not same_bits(one, other):
                    self.fail(name, f"output '{output.name}' has other bits")


# Bundled and corpus models.


def fill_missing(model):
    """Small random numbers for weights that the file lacks."""
    draw = np.random.default_rng(5)

    def fill(tensor):
        if tensor.data_location != TensorProto.EXTERNAL:
            return
        kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
        count = int(np.prod(list(tensor.dims), dtype=np.int64))
        del tensor.external_data[:]
        tensor.data_location = TensorProto.DEFAULT
        if kind.kind == "f":
            tensor.raw_data = (draw.standard_normal(count) * 0.05).astype(kind).tobytes()
        else:
            tensor.raw_data = draw.integers(0, 2, count * kind.itemsize, dtype=np.uint8).tobytes()

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


def feeds_of(model, sizes, seed):
    """Token ids and flags small enough for any table; floats around zero. Free sizes by name from `sizes`."""
    draw = np.random.default_rng(seed)
    initializers = {tensor.name for tensor in model.graph.initializer}
    feeds = {}
    for value in model.graph.input:
        if value.name in initializers:
            continue
        tensor = value.type.tensor_type
        shape = []
        for dim in tensor.shape.dim:
            if dim.HasField("dim_value"):
                shape.append(dim.dim_value)
            else:
                shape.append(eval(dim.dim_param, {}, sizes) if dim.dim_param else 2)  # noqa: S307
        kind = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        if kind.kind == "f":
            feeds[value.name] = draw.standard_normal(shape).astype(kind)
        elif "mask" in value.name:
            feeds[value.name] = np.ones(shape, kind)
        else:
            feeds[value.name] = draw.integers(0, 2, shape).astype(kind)
    return feeds


def check_models(oracle, paths):
    class Sizes(dict):
        def __missing__(self, name):
            return {"batch": 2, "seq": 5, "past": 3, "total": 8}.get(name, 4)

    for path in paths:
        model = onnx.load(path, load_external_data=False)
        fill_missing(model)
        oracle.check(Path(path).stem, model, [feeds_of(model, Sizes(), 1), feeds_of(model, Sizes(batch=1, seq=7), 2)])


# ONNX's node tests.


def merged(cases, constants):
    """Many cases of one opset in one model, names apart by a prefix; operands as constants or as inputs. → (model,
    feeds)"""
    graph = onnx.GraphProto(name="many")
    feeds = {}
    imports = {}
    for number, case in enumerate(cases):
        prefix = f"c{number}/"
        inputs, _ = case.data_sets[0]
        for entry in case.model.opset_import:
            imports[entry.domain] = entry.version
        for value, array in zip(case.model.graph.input, inputs):
            if constants:
                graph.initializer.append(numpy_helper.from_array(np.asarray(array), prefix + value.name))
                continue
            added = graph.input.add()
            added.CopyFrom(value)
            added.name = prefix + value.name
            feeds[added.name] = np.asarray(array)
        for tensor in case.model.graph.initializer:
            added = graph.initializer.add()
            added.CopyFrom(tensor)
            added.name = prefix + tensor.name
        for node in case.model.graph.node:
            added = graph.node.add()
            added.CopyFrom(node)
            added.name = prefix + (node.name or node.op_type)
            added.input[:] = [prefix + each if each else "" for each in node.input]
            added.output[:] = [prefix + each if each else "" for each in node.output]
        for value in case.model.graph.output:
            added = graph.output.add()
            added.CopyFrom(value)
            added.name = prefix + value.name
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid(*each) for each in imports.items()])
    model.ir_version = 10
    return model, feeds


def is_plain(case):
    """Dense tensors in and out, no bodies and no functions, of an opset that the runtime knows, deterministic."""
    graph = case.model.graph
    if case.model.functions or not graph.output or len(case.data_sets[0][0]) != len(graph.input):
        return False
    if any(entry.version > RUNTIME_OPSET for entry in case.model.opset_import if not entry.domain):
        return False
    types = [value.type for value in [*graph.input, *graph.output]]
    if not all(kind.HasField("tensor_type") and kind.tensor_type.elem_type != TensorProto.STRING for kind in types):
        return False
    drawn = ("Random", "Bernoulli", "Multinomial", "Dropout")
    for node in graph.node:
        if node.op_type.startswith(drawn):
            return False
        if any(attribute.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for attribute in node.attribute):
            return False
    return all(isinstance(each, (np.ndarray, np.generic)) for each in case.data_sets[0][0])


def runs(case):
    try:
        feeds = {v.name: np.asarray(a) for v, a in zip(case.model.graph.input, case.data_sets[0][0])}
        session_of(case.model).run(None, feeds)
    except Exception:  # noqa: BLE001
        return False
    return True


def check_backend(oracle):
    from onnx.backend.test.case.node import collect_testcases

    np.seterr(all="ignore")  # the tests' own references overflow on purpose

    batches = {}
    seen = 0
    for case in collect_testcases(None):
        if not case.name.endswith("_expanded") and is_plain(case) and runs(case):
            key = tuple(sorted((entry.domain, entry.version) for entry in case.model.opset_import))
            batches.setdefault(key, []).append(case)
            seen += 1
    for key, cases in batches.items():
        for start in range(0, len(cases), 120):
            part = cases[start:start + 120]
            for constants in (False, True):
                model, feeds = merged(part, constants)
                label = f"backend opset {key[0][1]} from {start} ({'constants' if constants else 'inputs'})"
                oracle.check(label, model, [feeds])
    print(f"{seen} node tests in {sum(len(c) // 120 + 1 for c in batches.values())} models, each in two forms")


# Drawn graphs.


class Drawn:
    """A graph of up to a few dozen nodes over x [N, M, 4] and z [N, M, 4], with the clutter that exporters leave."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.nodes, self.constants, self.count = [], [], 0
        # name → symbolic shape
        self.values = {"x": ["N", "M", 4], "z": ["N", "M", 4]}

    def name(self):
        self.count += 1
        return f"v{self.count}"

    def constant(self, array):
        name = self.name()
        if self.draw.random() < 0.5:
            self.constants.append(numpy_helper.from_array(array, name))
        else:
            self.nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array)))
        return name

    def ints(self, *numbers):
        return self.constant(np.array(numbers, np.int64))

    def node(self, op, inputs, shape, **attributes):
        name = self.name()
        self.nodes.append(helper.make_node(op, inputs, [name], name=f"n{self.count}", **attributes))
        if shape is not None:
            self.values[name] = shape
        return name

    def pick(self, fits=lambda shape: True):
        return self.draw.choice([name for name, shape in self.values.items() if fits(shape)])

    def extent(self, value, axis):
        """The size of an axis the long way round."""
        shape = self.node("Shape", [value], None)
        index = self.constant(np.array(axis, np.int64))
        picked = self.node("Gather", [shape, index], None, axis=0)
        return self.node("Unsqueeze", [picked, self.ints(0)], None)

    def operand(self, value):
        """The value's own shape as a chain of nodes, part constant."""
        shape = self.values[value]
        parts = [self.ints(dim) if isinstance(dim, int) and self.draw.random() < 0.7 else self.extent(value, axis)
                 for axis, dim in enumerate(shape)]
        return self.node("Concat", parts, None, axis=0)

    def step(self):
        kind = self.draw.choice(["unary", "binary", "transpose", "transpose", "same_reshape", "split_merge", "identity",
                                 "cast", "expand", "scale", "slice", "repeat", "concat", "squeeze", "dead"])
        value = self.pick(lambda shape: len(shape) == 3)
        shape = self.values[value]
        if kind == "unary":
            self.node(self.draw.choice(["Relu", "Neg", "Abs", "Sigmoid", "Identity"]), [value], shape)
        elif kind == "binary":
            other = self.pick(lambda dims: dims == shape)
            self.node(self.draw.choice(["Add", "Mul", "Sub", "Max"]), [value, other], shape)
        elif kind == "transpose":
            perm = self.draw.sample(range(3), 3)
            self.node("Transpose", [value], [shape[axis] for axis in perm], perm=perm)
        elif kind == "same_reshape":
            self.node("Reshape", [value, self.operand(value)], shape)
        elif kind == "split_merge" and shape[2] == 4:
            wide = self.node("Reshape", [value, self.node(
                "Concat", [self.extent(value, 0), self.extent(value, 1), self.ints(2, 2)], None, axis=0)], None)
            self.node("Reshape", [wide, self.ints(0, 0, -1)], shape)
        elif kind == "identity":
            self.node("Identity", [value], shape)
        elif kind == "cast":
            wide = self.node("Cast", [value], None, to=TensorProto.DOUBLE)
            self.node("Cast", [wide], shape, to=TensorProto.FLOAT)
        elif kind == "expand":
            self.node("Expand", [value, self.operand(value)], shape)
        elif kind == "scale":
            number = self.draw.choice([1.0, 0.0, 2.0, -0.0])
            other = self.constant(np.array(number, np.float32))
            self.node(self.draw.choice(["Add", "Mul", "Sub", "Div"]), [value, other], shape)
        elif kind == "slice":
            end = self.draw.choice([2**63 - 1, 2**31 - 1, 3])
            if end == 3:
                return
            self.node("Slice", [value, self.ints(0), self.ints(end), self.ints(self.draw.randrange(3))], shape)
        elif kind == "repeat":
            for node in list(self.nodes)[-6:]:
                if node.op_type in ("Relu", "Add", "Transpose", "Shape", "Gather") and node.output[0] in self.values:
                    copy = onnx.NodeProto()
                    copy.CopyFrom(node)
                    copy.output[0] = self.name()
                    self.nodes.append(copy)
                    self.values[copy.output[0]] = self.values[node.output[0]]
                    return
        elif kind == "concat":
            self.node("Concat", [value], shape, axis=self.draw.randrange(3))
        elif kind == "squeeze":
            wide = self.node("Unsqueeze", [value, self.ints(self.draw.randrange(4))], None)
            del wide
        elif kind == "dead":
            self.node("Exp", [value], None)

    def model(self):
        for _ in range(self.draw.randrange(8, 30)):
            self.step()
        outputs = self.draw.sample([name for name in self.values if name not in ("x", "z")],
                                   k=min(6, len(self.values) - 2))
        symbols = {"N": "N", "M": "M"}
        info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [symbols.get(d, d) for d in self.values[name]])
                for name in ("x", "z")]
        outs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [symbols.get(d, d) for d in self.values[name]])
                for name in outputs]
        graph = helper.make_graph(self.nodes, "drawn", info, outs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.draw.choice([13, 17, 21]))])
        model.ir_version = 9
        return model


def check_drawn(oracle, count, seed):
    for number in range(count):
        drawn = Drawn(seed + number)
        model = drawn.model()
        feeds = [feeds_of(model, {"N": n, "M": m}, number) for n, m in ((2, 3), (1, 5), (4, 4), (3, 1))]
        special = {name: np.where(array > 0.5, np.float32(np.nan), array * np.float32(1e30))
                   for name, array in feeds[0].items()}
        oracle.check(f"drawn {seed + number}", model, [*feeds, special])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--command", required=True)
    parser.add_argument("--backend", action="store_true")
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="costscan-optimize-") as folder:
        oracle = Oracle(options, folder)
        check_models(oracle, options.models)
        if options.backend:
            check_backend(oracle)
        check_drawn(oracle, options.random, options.seed)
    print(f"{oracle.checked} models, {oracle.sites} changes, {oracle.before} nodes to {oracle.after}, "
          f"{len(oracle.failures)} failures")
    return 1 if oracle.failures or oracle.checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
