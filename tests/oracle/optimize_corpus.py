"""Each pass alone, and the default ones together, on every model of the corpus and on ONNX's own node tests.

usage: optimize_corpus.py --dump DUMP_PASSES [--only NAME]... [--backend] [--moved N] [CORPUS_FOLDER]

What a pass makes of a model has to pass ONNX's checker, its shape inference included, to keep inputs, outputs, metadata and
the opset's validity, and not to be changed by the same pass again. Where the weights are small they are made up and the
outputs compared in ONNX Runtime: the same bits after lossless passes, within 1e-3 of the largest after the others (their
own bounds are the business of `optimize --verify` and of the unit tests). Else they come from a sparse file of zeros.
--backend: the node tests that are functions written out, and one by one those with bodies, sequences, optionals, texts
--moved N: N drawn graphs of operators with axes between Transposes, in ONNX Runtime
Exit code 1: one of the above does not hold; 77: nothing to test here.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))
warnings.simplefilter("ignore")
try:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from onnx_models import checker_fault, difference, fill_missing, same_bits, session_of, zero_weights
except ImportError as missing:
    print(f"SKIP: {missing} (scripts/requirements-test.txt lists the packages)")
    sys.exit(77)
import backend_models
from common import BIG

SMALL = 40 << 20  # bytes of weights up to which they are made up and outputs compared
TOLERANCE = 1e-3  # of passes with a bound, of the largest element: whole models enlarge what a site differs by


class Corpus:
    def __init__(self, dump):
        self.dump = dump
        self.failures, self.results, self.sites, self.compared = [], 0, 0, 0

    def fail(self, name, what):
        self.failures.append(f"{name}: {what}")
        print(f"  FAILED {name}: {what}", flush=True)

    def results_of(self, name, source, folder, passes=()):
        """What the passes make of a file, by the lines that dump_passes prints."""
        done = subprocess.run([self.dump, str(source), str(folder), *passes], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.fail(name, f"exit code {done.returncode}: {done.stderr.strip()[-300:]}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def check(self, name, model, folder, feeds=None, passes=()):
        """`model`: as loaded, its external data in `folder`. Compares outputs where there are inputs to feed."""
        source = Path(folder) / "source.onnx"
        onnx.save(model, source)
        results = self.results_of(name, source, folder, passes)
        sound = not checker_fault(self_contained(model))
        expected = answers_of(model, feeds) if feeds is not None and results else None
        for result in results:
            self.results += 1
            self.sites += result["sites"]
            label = f"{name}, {result['passes']}"
            for defect in result["defects"]:
                self.fail(label, f"a change was dropped: {defect}")
            if result["again"]:
                self.fail(label, f"a second run changes {result['again']} places")
            optimized = onnx.load(result["file"], load_external_data=False)
            self.check_result(label, model, optimized, sound)
            if expected is not None:
                self.compare(label, expected, Path(result["file"]), feeds, result["lossless"])
            for file in Path(folder).glob(f"{result['passes']}.onnx*"):
                file.unlink()

    def check_result(self, label, model, optimized, sound):
        for part in ("input", "output"):
            if list(getattr(model.graph, part)) != list(getattr(optimized.graph, part)):
                self.fail(label, f"the graph's {part}s are not what they were")
        for field in ("metadata_props", "functions"):
            if list(getattr(model, field)) != list(getattr(optimized, field)):
                self.fail(label, f"{field} are not what they were")
        for field in ("ir_version", "producer_name", "doc_string", "model_version", "domain"):
            if getattr(model, field) != getattr(optimized, field):
                self.fail(label, f"{field} is not what it was")
        imports = {entry.domain: entry.version for entry in optimized.opset_import}
        if any(imports.get(entry.domain) != entry.version for entry in model.opset_import):
            self.fail(label, "an opset is not what it was")
        fault = checker_fault(self_contained(optimized)) if sound else ""
        if fault:
            self.fail(label, "the checker: " + fault)

    def compare(self, label, expected, file, feeds, lossless):
        self.compared += 1
        try:
            got = answers_of(file, feeds)
        except Exception as error:  # noqa: BLE001
            self.fail(label, "does not run: " + str(error).strip().splitlines()[0][:200])
            return
        for number, (before, after) in enumerate(zip(expected, got)):
            if lossless and not same_bits(before, after):
                self.fail(label, f"output {number} has other bits")
            elif not lossless and not isinstance(before, list):
                found = difference([before], [after])
                if not found.worst <= TOLERANCE * max(found.largest, 1e-30):
                    self.fail(label, f"output {number} differs by {found.worst:g}, the largest is {found.largest:g}")


def self_contained(model):
    """A copy for the checker: weights outside as inputs, since it looks for their files."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    kept = [tensor for tensor in copy.graph.initializer if tensor.data_location != TensorProto.EXTERNAL]
    inputs = {value.name for value in copy.graph.input}
    for tensor in copy.graph.initializer:
        if tensor.data_location == TensorProto.EXTERNAL and tensor.name not in inputs:
            copy.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    del copy.graph.initializer[:]
    copy.graph.initializer.extend(kept)
    return copy


def answers_of(model, feeds):
    session = session_of(model)
    names = {given.name for given in session.get_inputs()}
    return session.run(None, {name: value for name, value in feeds.items() if name in names})


# The corpus.


def feeds_for(entry):
    draw = np.random.default_rng(3)
    feeds = {}
    for given in entry["export_inputs"]:
        name, shape, kind = given["name"], given["shape"], np.dtype(given["dtype"])
        if kind.kind == "f":
            feeds[name] = draw.standard_normal(shape).astype(kind)
        elif "mask" in name or not shape:
            feeds[name] = np.full(shape, 3 if not shape else 1, kind)
        else:
            feeds[name] = draw.integers(0, 50, shape).astype(kind)
    return feeds


def check_corpus(corpus, folder, only):
    index = [entry for entry in json.loads((folder / "index.json").read_text()) if (folder / str(entry.get("file"))).is_file()]
    for entry in index:
        name = entry["name"]
        if (only and name not in only) or "invalid" in entry["file"] or (name in BIG and name not in only):
            continue
        start = time.monotonic()
        model = onnx.load(folder / entry["file"], load_external_data=False)
        feeds = None
        with tempfile.TemporaryDirectory(prefix="costscan-corpus-") as place:
            if fill_missing(model, limit=SMALL):
                feeds = feeds_for(entry)
            else:
                zero_weights(model, Path(place))
            count = corpus.results
            corpus.check(name, model, place, feeds)
        compared = "" if feeds is None else ", outputs compared"
        print(f"{name}: {corpus.results - count} changed models{compared}, {time.monotonic() - start:.1f} s", flush=True)


# ONNX's node tests that optimize_oracle.py leaves out.


def is_drawn(case):
    drawn = ("Random", "Bernoulli", "Multinomial", "Dropout")
    return any(node.op_type.startswith(drawn) for node in case.model.graph.node)


def check_backend(corpus):
    from onnx.backend.test.case.node import collect_testcases

    np.seterr(all="ignore")  # the tests' own references overflow on purpose
    expanded, single = {}, []
    for case in collect_testcases(None):
        if any(e.version > backend_models.RUNTIME_OPSET for e in case.model.opset_import if not e.domain) or is_drawn(case):
            continue
        if not backend_models.is_plain(case):
            single.append(case)
        elif case.name.endswith("_expanded") and backend_models.runs(case):
            key = tuple(sorted((entry.domain, entry.version) for entry in case.model.opset_import))
            expanded.setdefault(key, []).append(case)
    with tempfile.TemporaryDirectory(prefix="costscan-backend-") as place:
        for key, cases in expanded.items():
            for start in range(0, len(cases), 60):
                model, feeds = backend_models.merged(cases[start:start + 60], constants=False)
                corpus.check(f"expanded {dict(key)} from {start}", model, place, feeds)
        run = 0
        for case in single:
            feeds = {value.name: given for value, given in zip(case.model.graph.input, case.data_sets[0][0])}
            try:
                answers_of(case.model, feeds)
            except Exception:  # noqa: BLE001  the runtime has no kernel for it, or no way to feed it
                continue
            run += 1
            corpus.check(case.name, case.model, place, feeds, ["default"])
    print(f"{sum(map(len, expanded.values()))} node tests written out as functions, {run} with bodies and other types")


# Drawn graphs of operators with axes between Transposes.


class Moved:
    """x [N, 6, 4, 5] goes through Transposes and operators with axes; all results of its chains are outputs."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.nodes, self.constants, self.count = [], [], 0
        self.opset = self.draw.choice([9, 12, 13, 18, 21])

    def name(self):
        self.count += 1
        return f"v{self.count}"

    def constant(self, array):
        name = self.name()
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, op, inputs, outputs=1, **attributes):
        names = [self.name() for _ in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=f"n{self.count}", **attributes))
        return names

    def step(self, value, shape):
        """→ (value, shape) after one operator along a drawn axis, written with a drawn sign."""
        axis = self.draw.randrange(len(shape))
        written = axis - len(shape) if self.draw.random() < 0.5 and self.opset >= 12 else axis
        extent = shape[axis]
        changed = list(shape)
        kind = self.draw.choice(["unary", "scale", "slice", "split", "gather", "pad", "concat", "quantize", "softmax", "mean"])
        if kind == "unary":
            return self.node(self.draw.choice(["Relu", "Neg", "Sigmoid"]), [value])[0], shape
        if kind == "scale" and extent != "N":
            factors = self.constant(np.arange(1, extent + 1, dtype=np.float32).reshape([-1] + [1] * (len(shape) - 1 - axis)))
            return self.node("Mul", [value, factors])[0], shape
        if kind == "slice" and extent != "N" and extent > 2:
            changed[axis] = extent - 2
            if self.opset < 10:
                return self.node("Slice", [value], starts=[1], ends=[-1], axes=[axis])[0], changed
            bounds = [self.constant(np.array([each], np.int64)) for each in (1, -1, written)]
            return self.node("Slice", [value, *bounds])[0], changed
        if kind == "split" and extent != "N" and extent % 2 == 0:
            changed[axis] = extent // 2
            sizes = {"num_outputs": 2} if self.opset >= 18 else {}
            one, other = self.node("Split", [value], 2, axis=written, **sizes)
            return self.node("Add", [one, other])[0], changed
        if kind == "gather" and extent != "N":
            changed[axis] = 3
            rows = self.constant(np.array([0, extent - 1, 0], np.int64))
            return self.node("Gather", [value, rows], axis=written)[0], changed
        if kind == "pad" and extent != "N":
            pads = [self.draw.randrange(3) if dim != "N" else 0 for dim in shape * 2]
            changed = [dim if dim == "N" else dim + pads[i] + pads[len(shape) + i] for i, dim in enumerate(shape)]
            if self.opset < 11:
                return self.node("Pad", [value], pads=pads)[0], changed
            return self.node("Pad", [value, self.constant(np.array(pads, np.int64))])[0], changed
        if kind == "concat" and extent != "N":
            changed[axis] = 2 * extent
            return self.node("Concat", [value, self.node("Neg", [value])[0]], axis=written)[0], changed
        if kind == "quantize" and self.opset >= 13:
            per_axis = extent != "N" and self.draw.random() < 0.5
            scale = self.constant(np.linspace(0.01, 0.02, extent, dtype=np.float32) if per_axis else np.float32(0.02))
            zero = self.constant(np.full(extent, 7, np.uint8) if per_axis else np.uint8(7))
            axes = {"axis": written} if per_axis else {}
            stored = self.node("QuantizeLinear", [value, scale, zero], **axes)[0]
            return self.node("DequantizeLinear", [stored, scale, zero], **axes)[0], shape
        if kind == "softmax":
            return self.node(self.draw.choice(["Softmax", "LogSoftmax"]), [value], axis=written)[0], shape
        if kind == "mean":
            op = self.draw.choice(["ReduceMean", "ReduceSum"])
            listed = self.opset >= (18 if op == "ReduceMean" else 13)
            axes = [self.constant(np.array([written], np.int64))] if listed else []
            stated = {} if listed else {"axes": [written]}
            return self.node("Sub", [value, self.node(op, [value, *axes], keepdims=1, **stated)[0]])[0], shape
        return value, shape

    def model(self):
        outputs = []
        for _ in range(self.draw.randrange(1, 3)):
            value, shape = "x", ["N", 6, 4, 5]
            for _ in range(self.draw.randrange(1, 4)):
                perm = self.draw.sample(range(4), 4)
                value = self.node("Transpose", [value], perm=perm)[0]
                shape = [shape[axis] for axis in perm]
                for _ in range(self.draw.randrange(1, 4)):
                    value, shape = self.step(value, shape)
            back = [int(axis) for axis in np.argsort(perm)] if self.draw.random() < 0.8 else [3, 1, 0, 2]
            value = self.node("Transpose", [value], perm=back)[0]
            outputs.append(helper.make_tensor_value_info(value, TensorProto.FLOAT, [shape[axis] for axis in back]))
        given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 6, 4, 5])]
        graph = helper.make_graph(self.nodes, "moved", given, outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = 8
        return model


def check_moved(corpus, count):
    passes = ["eliminate_redundant_transposes", "move_transposes_across_sums"]
    removed = 0
    with tempfile.TemporaryDirectory(prefix="costscan-moved-") as place:
        for seed in range(count):
            model = Moved(seed).model()
            array = np.random.default_rng(seed).standard_normal((3, 6, 4, 5)).astype(np.float32)
            array[0, 0, 0, 0] = np.nan
            before = corpus.sites
            corpus.check(f"moved {seed}", model, place, {"x": array}, passes)
            removed += corpus.sites > before
    print(f"{removed} of {count} drawn graphs changed")
    if removed * 4 < count:
        corpus.fail("moved", "less than a quarter of the drawn graphs changed: the test has lost its subject")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path)
    parser.add_argument("--dump", required=True)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--backend", action="store_true")
    parser.add_argument("--moved", type=int, default=0)
    options = parser.parse_args()
    corpus = Corpus(options.dump)
    if options.moved:
        check_moved(corpus, options.moved)
    if options.backend:
        check_backend(corpus)
    if options.corpus and (options.corpus / "index.json").is_file():
        check_corpus(corpus, options.corpus, options.only)
    elif options.corpus:
        print(f"SKIP: no corpus in {options.corpus}")
        if not corpus.results:
            return 77
    print(f"{corpus.results} changed models, {corpus.sites} changes, {corpus.compared} of them run, "
          f"{len(corpus.failures)} failures")
    return 1 if corpus.failures or corpus.results == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
