"""Measures what analyzer/predict/memory_rules.cpp and memory_packed.cpp state: which outputs lie in an input's buffer,
and into how much memory weights are packed. Each fact comes from sessions of one operator under a counting allocator."""

import json
import os
import re
import subprocess
import tempfile
import warnings
from collections import Counter, defaultdict
from pathlib import Path

# Operators newer than the runtime's newest opset still show how their kernels share.
os.environ["ALLOW_RELEASED_ONNX_OPSET_ONLY"] = "0"

import numpy as np
import onnx
from onnx import helper

import ort_memory

ELEMENT = {np.dtype(name): number for name, number in ort_memory.ELEMENTS.items()}
RULE = re.compile(r'\{"([\w.]*)", "(\w+)", (\d+), (\d+), Sharing::(\w+)(, true)?\}')


def stated_rules(root):
    """{(domain, op): [(input, output, kind, float32 only)]}"""
    rules = defaultdict(list)
    for match in RULE.finditer((root / "analyzer/predict/memory_rules.cpp").read_text()):
        domain, op, source, target, kind, floats = match.groups()
        rules[domain, op].append((int(source), int(target), kind, bool(floats)))
    return rules


def is_expanded(domain, op):
    """An operator that the runtime replaces by the nodes of its function."""
    if domain:
        return False
    try:
        schema = onnx.defs.get_schema(op)
    except onnx.defs.SchemaError:
        return False
    return schema.has_function or schema.has_context_dependent_function


class Case:
    """A node between graph inputs and outputs, as a test of ONNX or one of our vectors states it."""

    def __init__(self, node, feeds, graph, opsets, outputs):
        self.node, self.feeds, self.graph, self.opsets, self.outputs = node, feeds, graph, opsets, outputs

    def model(self, wrapped):
        """Copies (Concat of one) before the input `wrapped`, so that it is nobody else's, and after every output."""
        nodes, node = [], onnx.NodeProto()
        node.CopyFrom(self.node)
        if wrapped is not None:
            name = self.node.input[wrapped]
            nodes.append(helper.make_node("Concat", [name], ["copy of " + name], axis=0))
            node.input[wrapped] = "copy of " + name
        nodes.append(node)
        results = []
        for name, _, _ in self.outputs:
            nodes.append(helper.make_node("Concat", [name], ["result " + name], axis=0))
            results.append(onnx.ValueInfoProto(name="result " + name))
        inputs = [helper.make_tensor_value_info(name, ELEMENT[array.dtype], array.shape) for name, array in self.feeds.items()]
        graph = helper.make_graph(nodes, "one", inputs, results, self.graph.initializer)
        return helper.make_model(graph, opset_imports=self.opsets, ir_version=10)

    def shares(self, runtime, wrapped, folder):
        """Whether the result was copied out of the very buffer that the input had been copied into."""
        path = folder / "one.onnx"
        onnx.save(self.model(wrapped), path)
        session = ort_memory.Session(runtime, path, level="disabled", prepack=False)
        try:
            events = session.run(self.feeds)
        finally:
            session.close()
        first, freed, alive = events[0][1], None, {}
        for time, (kind, address, _) in enumerate(events):
            if kind > 0:
                alive[address] = time
            elif alive.pop(address, None) == 0 and address == first:
                freed = time
        # What is never freed are the results; the input's buffer outlived the making of one only if it held it.
        return freed is not None and any(time < freed for time in alive.values())


def backend_cases():
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in cases:
        graph = case.model.graph
        values = [*graph.input, *graph.output]
        if len(graph.node) != 1 or case.model.functions or not all(v.type.HasField("tensor_type") for v in values):
            continue
        inputs, outputs = case.data_sets[0]
        feeds = {value.name: np.asarray(array) for value, array in zip(graph.input, inputs)}
        shown = [(v.name, np.asarray(a).shape, np.asarray(a).dtype) for v, a in zip(graph.output, outputs)]
        yield Case(graph.node[0], feeds, graph, case.model.opset_import, shown)


def vector_cases(root, dump):
    import vector_shapes

    text = subprocess.run([dump, str(root / "tests/vectors")], capture_output=True, text=True, check=True).stdout
    for case in json.loads(text):
        for fill in (0, 1):
            try:
                model, feeds = vector_shapes.model_of(case, fill)
            except vector_shapes.NotExpressible:
                break
            shown = []
            for spec in case["outputs"]:
                if not spec["omitted"] and spec["kind"] == "tensor" and spec["shape"] and spec["dtype"] != "string":
                    dtype = helper.tensor_dtype_to_np_dtype(vector_shapes.element_type(spec["dtype"]))
                    shown.append((spec["name"], tuple(spec["shape"]), dtype))
            yield Case(model.graph.node[0], feeds, model.graph, model.opset_import, shown)


def written_cases():
    """What neither holds: casts to elements of the same and of another size; halves and doubles of the float kernels."""
    x = np.ones((2, 3), np.float32)
    for op, array, target in [("Cast", x, np.int32), ("Cast", x, np.int64), ("Cast", x > 0, np.uint8), ("Cast", x, np.float16),
                              ("Softmax", x.astype(np.float64), np.float64), ("Relu", x.astype(np.float64), np.float64),
                              ("LogSoftmax", x.astype(np.float64), np.float64), ("Not", x > 0, np.bool_),
                              ("Neg", x.astype(np.int64), np.int64), ("Sum", x, np.float32)]:  # fmt: skip
        extra = {"to": ELEMENT[np.dtype(target)]} if op == "Cast" else {}
        node = helper.make_node(op, ["x"], ["y"], **extra)
        yield Case(node, {"x": array}, onnx.GraphProto(), [helper.make_opsetid("", 21)], [("y", x.shape, np.dtype(target))])


def expected(rules, case, wrapped):
    array, (_, shape, dtype) = case.feeds[case.node.input[wrapped]], case.outputs[0]
    for source, target, kind, floats in rules:
        if source != wrapped or target != 0:
            continue
        same = array.shape == tuple(shape) and array.dtype.itemsize == np.dtype(dtype).itemsize
        if kind == "alias" or (same and (not floats or array.dtype == np.float32)):
            return True
    return False


def check_sharing(runtime, root, dump, backend):
    rules = stated_rules(root)
    cases = [*written_cases(), *(vector_cases(root, dump) if dump else []), *(backend_cases() if backend else [])]
    tested, wrong, refused = Counter(), 0, 0
    with tempfile.TemporaryDirectory() as name:
        for case in cases:
            key = case.node.domain, case.node.op_type
            if key not in rules and is_expanded(*key):
                continue
            arrays = case.feeds.values()
            if key[1] != "Cast" and any(not isinstance(a, list) and a.dtype == np.float16 for a in arrays):
                continue  # most kernels have no halves: the runtime puts casts around them, which share for themselves
            if any(isinstance(a, list) or a.dtype not in ELEMENT or a.size == 0 for a in arrays):
                continue
            if len(case.outputs) != 1 or not case.outputs[0][1] or len([o for o in case.node.output if o]) != 1:
                continue
            inputs = list(case.node.input)
            for i, source in enumerate(inputs):
                if source not in case.feeds or case.feeds[source].ndim == 0 or inputs.count(source) != 1:
                    continue
                try:
                    seen = case.shares(runtime, i, Path(name))
                except RuntimeError:
                    refused += 1
                    break
                tested[key] += 1
                if seen != expected(rules[key], case, i):
                    print(f"{key[0] or 'onnx'}/{key[1]}: input {i} of {case.feeds[source].dtype}{list(case.feeds[source].shape)} "
                          f"{'shares' if seen else 'does not share'} its buffer with the output {case.outputs[0][1:]}")  # fmt: skip
                    wrong += 1
    silent = sorted(key for key in rules if rules[key] and not tested[key])
    print(f"{sum(tested.values())} inputs of {len(tested)} operators in ONNX Runtime {runtime.version}: {wrong} not as stated; "
          f"{refused} cases refused; stated and not tested: {silent or 'none'}")  # fmt: skip
    return 1 if wrong or not tested else 0


def packed_size(k, n):
    """float32 panels of 16 columns."""
    return k * -(-n // 16) * 16 * 4


def check_packing(runtime):
    gemm = [("Gemm", {"transB": turned}, k, n) for turned in (0, 1) for k, n in ((576, 1024), (100, 7), (33, 50))]
    cases = [(op, extra, [4, k], [n, k] if extra["transB"] else [k, n], packed_size(k, n)) for op, extra, k, n in gemm]
    cases += [
        ("MatMul", {}, [4, 64], [64, 100], packed_size(64, 100)),
        ("MatMul", {}, [3, 4, 64], [3, 64, 100], 0),
        ("FusedMatMul", {}, [4, 64], [64, 100], packed_size(64, 100)),
        ("Conv", {}, [1, 16, 8, 8], [32, 16, 3, 3], 0),
        ("ConvTranspose", {}, [1, 16, 8, 8], [16, 32, 3, 3], 16 * 32 * 9 * 4),
    ]
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        for op, extra, x, w, size in cases:
            domain = "com.microsoft" if op.startswith("Fused") else ""
            weight = onnx.TensorProto(name="w", data_type=1, dims=w, data_location=onnx.TensorProto.EXTERNAL)
            bytes_ = int(np.prod(w)) * 4
            for key, value in (("location", "w.bin"), ("offset", "0"), ("length", str(bytes_))):
                weight.external_data.add(key=key, value=value)
            with open(Path(name) / "w.bin", "wb") as zeros:
                zeros.truncate(bytes_)
            node = helper.make_node(op, ["x", "w"], ["y"], domain=domain, **extra)
            graph = helper.make_graph([node], "one", [helper.make_tensor_value_info("x", 1, x)],
                                      [onnx.ValueInfoProto(name="y")], [weight])  # fmt: skip
            opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
            path = Path(name) / "one.onnx"
            onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), path)
            session = ort_memory.Session(runtime, path, level="disabled")
            seen = sum(session.kept_by_session)
            session.close()
            if seen != size:
                print(f"{op} {extra or ''} {w}: {seen} bytes packed, {size} stated")
                wrong += 1
    print(f"{len(cases)} weights in ONNX Runtime {runtime.version}: {wrong} not as stated")
    return 1 if wrong else 0
