#!/usr/bin/env python3
"""Counts of `costscan forensics` against a count of this script's own, by brute force over the onnx package's protos.

Usage: forensics_oracle.py --command COSTSCAN [--corpus FOLDER [--only STEM]...] MODEL...

Only what the definitions settle without shapes under bound dimensions; types come from onnx's own inference. Exit code 1
where a count differs, 77 where there is no model.
"""

import argparse
import csv
import io
import pathlib
import subprocess
import sys

import onnx
from onnx import TensorProto, shape_inference

csv.field_size_limit(1 << 30)
VIEWS = {"Reshape", "Flatten", "Squeeze", "Unsqueeze"}
CASTS = {"Cast", "CastLike"}
DRAWING = {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli"}
FLOATS = {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16}
COUNTS = {TensorProto.INT32, TensorProto.INT64, TensorProto.BOOL, TensorProto.INT8, TensorProto.INT16,
          TensorProto.UINT8, TensorProto.UINT16, TensorProto.UINT32, TensorProto.UINT64}
SHAPE_OPERANDS = {"Reshape": [1], "Expand": [1], "Slice": [1, 2, 3, 4], "Range": [0, 1, 2], "ConstantOfShape": [0],
                  "Squeeze": [1], "Unsqueeze": [1], "Tile": [1], "Pad": [1, 3], "Split": [1], "TopK": [1],
                  "Resize": [1, 2, 3], "ReduceMean": [1], "ReduceSum": [1], "ReduceMax": [1], "ReduceMin": [1],
                  "ReduceProd": [1], "ReduceL2": [1], "CumSum": [1], "Trilu": [1], "OneHot": [1]}


def attribute(node, name, default=None):
    for each in node.attribute:
        if each.name == name:
            return onnx.helper.get_attribute_value(each)
    return default


def bodies(node):
    for each in node.attribute:
        if each.type == onnx.AttributeProto.GRAPH:
            yield each.g
        yield from each.graphs


def outer_names(graph):
    """Names that a body reads and does not define."""
    own = {v.name for v in graph.input} | {t.name for t in graph.initializer}
    own |= {out for node in graph.node for out in node.output}
    read = {out.name for out in graph.output} | {name for node in graph.node for name in node.input}
    for node in graph.node:
        for body in bodies(node):
            read |= outer_names(body)
    return read - own - {""}


class Counter:
    def __init__(self, model):
        self.graph = model.graph
        self.nodes = list(self.graph.node)
        self.outputs = {out.name for out in self.graph.output}
        self.maker = {out: i for i, node in enumerate(self.nodes) for out in node.output if out}
        self.reads = [[name for name in node.input if name] + sorted(n for b in bodies(node) for n in outer_names(b))
                      for node in self.nodes]
        self.readers = {}
        for i, names in enumerate(self.reads):
            for name in names:
                self.readers.setdefault(name, []).append(i)
        self.initializers = {t.name: t for t in self.graph.initializer}
        typed = shape_inference.infer_shapes(model).graph
        self.dtype = {v.name: v.type.tensor_type.elem_type
                      for v in [*typed.value_info, *typed.input, *typed.output]}
        self.dtype.update({t.name: t.data_type for t in self.graph.initializer})
        self.live = self._live()

    def _live(self):
        live, todo = set(), list(self.outputs)
        while todo:
            at = self.maker.get(todo.pop())
            if at is not None and at not in live:
                live.add(at)
                todo += self.reads[at]
        return live

    def op(self, i):
        return self.nodes[i].op_type if self.nodes[i].domain in ("", "ai.onnx") else "other"

    def above(self, i):
        return self.maker.get(self.nodes[i].input[0]) if self.nodes[i].input else None

    def pairs(self, ops):
        return sum(1 for i in range(len(self.nodes)) if self.op(i) in ops and self.above(i) is not None
                   and self.op(self.above(i)) in ops)

    def transposes(self):
        pairs = cancel = between = 0
        for i in range(len(self.nodes)):
            first = self.above(i)
            if self.op(i) != "Transpose" or first is None:
                continue
            if self.op(first) == "Transpose":
                pairs += 1
                a, b = attribute(self.nodes[first], "perm"), attribute(self.nodes[i], "perm")
                cancel += a is not None and b is not None and [a[x] for x in b] == list(range(len(a)))
            if self.op(first) == "Reshape" and self.above(first) is not None:
                between += self.op(self.above(first)) == "Transpose"
        return pairs, cancel, between

    def constants(self):
        known = set(self.initializers) | {t.values.name for t in self.graph.sparse_initializer}
        count = 0
        for i, node in enumerate(self.nodes):
            if self.op(i) == "Constant":
                known.update(node.output)
                continue
            reads = self.reads[i][:1] if self.op(i) == "CastLike" else self.reads[i]
            if not reads or self.op(i) in DRAWING or (self.op(i) == "Dropout" and len(node.input) > 2):
                continue
            if all(name in known for name in reads):
                count += 1
                known.update(node.output)
        return count

    def contents(self, tensor):
        if tensor.data_location == TensorProto.EXTERNAL:
            return None
        if tensor.data_type == TensorProto.STRING:
            return (tensor.data_type, tuple(tensor.dims), tuple(tensor.string_data))
        array = onnx.numpy_helper.to_array(tensor)
        return (tensor.data_type, tuple(tensor.dims), array.tobytes())

    def constant_contents(self, node):
        value = attribute(node, "value")
        if value is not None:
            return self.contents(value)
        for name, kind in (("value_int", TensorProto.INT64), ("value_ints", TensorProto.INT64),
                           ("value_float", TensorProto.FLOAT), ("value_floats", TensorProto.FLOAT)):
            value = attribute(node, name)
            if value is None:
                continue
            dims = () if name in ("value_int", "value_float") else (len(value),)
            made = onnx.helper.make_tensor("", kind, dims, [value] if dims == () else value)
            return self.contents(made)
        return None

    def duplicates(self):
        seen, copies, constants = set(), 0, 0
        for tensor in self.graph.initializer:
            key = self.contents(tensor)
            if key is not None:
                copies += key in seen
                seen.add(key)
        for i, node in enumerate(self.nodes):
            if self.op(i) == "Constant" and (key := self.constant_contents(node)) is not None:
                constants += key in seen
                seen.add(key)
        return copies, constants

    def attribute_key(self, each):
        """What an attribute says: of a tensor its contents, not the name that an exporter gave it."""
        plain = onnx.AttributeProto()
        plain.CopyFrom(each)
        plain.t.ClearField("name")
        return plain.SerializeToString(deterministic=True)

    def subexpressions(self, by_value):
        same, first = {}, {}
        if by_value:
            keyed = [(t.name, self.contents(t)) for t in self.graph.initializer]
            keyed += [(n.output[0], self.constant_contents(n)) for i, n in enumerate(self.nodes) if self.op(i) == "Constant"]
            by_contents = {}
            for name, key in keyed:
                if key is not None:
                    same[name] = by_contents.setdefault(key, name)
        count = 0
        for i, node in enumerate(self.nodes):
            if self.op(i) == "Constant" or self.op(i) in DRAWING or any(True for _ in bodies(node)):
                continue
            key = (node.domain, node.op_type, tuple(same.get(n, n) for n in node.input),
                   tuple(sorted(map(self.attribute_key, node.attribute))),
                   tuple(bool(out) for out in node.output))
            if key not in first:
                first[key] = i
                continue
            for old, new in zip(self.nodes[first[key]].output, node.output):
                same[new] = same.get(old, old)
            count += not any(out in self.outputs for out in node.output)
        return count

    def shape_chain(self):
        chain = set()
        for i in range(len(self.nodes) - 1, -1, -1):
            node = self.nodes[i]
            if self.op(i) == "Constant":
                continue
            if self.op(i) in ("Shape", "Size"):
                chain.add(i)
                continue
            if i not in self.live or any(out in self.outputs for out in node.output):
                continue
            if any(self.dtype.get(out, 0) not in COUNTS for out in node.output if out):
                continue
            uses = [(r, slot) for out in node.output for r in set(self.readers.get(out, []))
                    for slot, name in enumerate(self.nodes[r].input) if name == out]
            if uses and all(r in chain or slot in SHAPE_OPERANDS.get(self.op(r), []) for r, slot in uses):
                chain.add(i)
        return len(chain)

    def unused(self, live_only):
        return sum(1 for name in self.initializers if name not in self.outputs
                   and not any(not live_only or r in self.live for r in self.readers.get(name, [])))

    def counts(self):
        pairs, cancel, between = self.transposes()
        copies, constants = self.duplicates()
        ops = [self.op(i) for i in range(len(self.nodes))]
        return {
            "noop_identity": ops.count("Identity"),
            "constant_nodes": ops.count("Constant"),
            "noop_concat": sum(op == "Concat" and len(n.input) == 1 for op, n in zip(ops, self.nodes)),
            "consecutive_transpose": pairs,
            "consecutive_transpose_cancel": cancel,
            "consecutive_transpose_compose": pairs - cancel,
            "transpose_reshape_transpose": between,
            "consecutive_reshape": self.pairs({"Reshape"}),
            "consecutive_view": self.pairs(VIEWS),
            "consecutive_cast": self.pairs(CASTS),
            "constant_given_initializers": self.constants(),
            "duplicate_initializers": copies,
            "duplicate_constants": constants,
            "duplicate_subexpressions_by_name": self.subexpressions(False),
            "duplicate_subexpressions_by_value": self.subexpressions(True),
            "shape_chain": self.shape_chain(),
            "dead_nodes": len(self.nodes) - len(self.live),
            "unused_initializers": self.unused(False),
            "unused_initializers_with_dead": self.unused(True),
        }


def costscan_counts(command, models):
    out = subprocess.run([command, "forensics", "--report", "csv", *map(str, models)], check=True, text=True,
                         capture_output=True).stdout
    counts = {}
    for row in csv.DictReader(io.StringIO(out)):
        counts.setdefault(row["model"], {})[row["finding"]] = int(row["count"])
    return counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--command", required=True)
    parser.add_argument("--corpus", type=pathlib.Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("models", nargs="*", type=pathlib.Path)
    given = parser.parse_args()
    models = list(given.models)
    if given.corpus and given.corpus.is_dir():
        models += [m for m in sorted(given.corpus.glob("*.onnx")) if not given.only or m.stem in given.only]
    if not models:
        print("no models: set COSTSCAN_SHARED to the folder that has corpus/")
        return 77
    found = costscan_counts(given.command, models)
    differences = compared = 0
    for path in models:
        own = Counter(onnx.load(path, load_external_data=False)).counts()
        for finding, count in own.items():
            compared += 1
            if found[path.stem][finding] != count:
                differences += 1
                print(f"{path.stem}: {finding}: costscan {found[path.stem][finding]}, by brute force {count}")
    print(f"{compared} counts of {len(models)} models, {differences} differ")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
