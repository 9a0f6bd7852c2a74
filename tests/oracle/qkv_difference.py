#!/usr/bin/env python3
"""What fuse_attention_qkv changes in the outputs, bit by bit, on every model that has sites for it.

Not part of ctest (it writes models with all their weights): run it by hand, and put its table in
docs/accuracy-classes.md.

    qkv_difference.py --costscan build/release/costscan [--pass NAME] [--threads N] MODEL...

Weights that a file lacks are made up (normal, scaled by the fan-in, seeded by name), so that both graphs have the
same; both are run in ONNX Runtime without its optimiser and with all of it. Inputs: token ids below 1000, masks of
ones, positions in order, otherwise normal numbers.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime as ort  # noqa: E402
from onnx import numpy_helper  # noqa: E402

DEFAULT_DIM = {"batch": 1, "seq": 17, "past": 0, "total": 17}


def is_missing(tensor, folder):
    if tensor.data_location != onnx.TensorProto.EXTERNAL:
        return False
    location = next(entry.value for entry in tensor.external_data if entry.key == "location")
    return not (folder / location).exists()


def make_up(tensor, name):
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    fan_in = max(tensor.dims[-1] if tensor.dims else 1, 1)
    if np.issubdtype(dtype, np.integer):
        values = np.zeros(tuple(tensor.dims), dtype)
    elif dtype == np.bool_:
        values = np.tril(np.ones(tuple(tensor.dims), dtype))
    else:
        values = rng.standard_normal(tuple(tensor.dims), np.float32) / np.sqrt(np.float32(fan_in))
    tensor.CopyFrom(numpy_helper.from_array(values.astype(dtype), tensor.name))


def with_weights(source, target):
    model = onnx.load(source, load_external_data=False)
    for tensor in model.graph.initializer:
        if is_missing(tensor, source.parent):
            make_up(tensor, tensor.name)
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR and is_missing(attribute.t, source.parent):
                make_up(attribute.t, node.output[0])
    onnx.save(model, target)


def feeds_of(session, rng):
    feeds = {}
    for each in session.get_inputs():
        dims = [d if isinstance(d, int) else DEFAULT_DIM.get(d, 1 if "batch" in str(d) else 17) for d in each.shape]
        name = each.name.lower()
        if "int" in each.type:
            values = rng.integers(0, 1000, dims)
            if "mask" in name:
                values = np.ones(dims)
            if "type" in name:
                values = np.zeros(dims)
            if "position" in name:
                values = np.broadcast_to(np.arange(dims[-1]), dims)
            feeds[each.name] = values.astype(np.int64 if "64" in each.type else np.int32)
        elif "bool" in each.type:
            feeds[each.name] = np.ones(dims, bool)
        else:
            kind = {"float16": np.float16, "double": np.float64}.get(each.type[7:-1], np.float32)
            feeds[each.name] = rng.standard_normal(dims).astype(kind)
    return feeds


def outputs_of(path, level, threads, prepack):
    options = ort.SessionOptions()
    options.add_session_config_entry("session.disable_prepacking", "0" if prepack else "1")
    options.graph_optimization_level = level
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds_of(session, np.random.default_rng(0)))


def difference(before, after):
    worst, differing, elements, largest = 0.0, 0, 0, 0.0
    for a, b in zip(before, after):
        a, b = np.asarray(a), np.asarray(b)
        if not np.issubdtype(a.dtype, np.floating):
            differing += int((a != b).sum())
            elements += a.size
            continue
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        differing += int((~same).sum())
        elements += a.size
        if a.size:
            gap = np.abs(a.astype(np.float64) - b.astype(np.float64))[~same]
            worst = max(worst, float(gap.max()) if gap.size else 0.0)
            largest = max(largest, float(np.abs(np.nan_to_num(a.astype(np.float64))).max()))
    return worst, differing, elements, largest


def node_count(path):
    return len(onnx.load(path, load_external_data=False).graph.node)


def optimized(costscan, source, target, passes):
    run = subprocess.run([costscan, "optimize", str(source), "-o", str(target), "--passes", passes, "--report", "csv"],
                         capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.strip().splitlines()[-1])


def compared(arguments, model, folder):
    full, before, after = folder / "full.onnx", folder / "before.onnx", folder / "after.onnx"
    with_weights(model, full)
    optimized(arguments.costscan, full, before, arguments.before)
    optimized(arguments.costscan, before, after, arguments.pass_name)
    settings = (("disabled", ort.GraphOptimizationLevel.ORT_DISABLE_ALL, True),
                ("disabled, weights not packed", ort.GraphOptimizationLevel.ORT_DISABLE_ALL, False),
                ("all", ort.GraphOptimizationLevel.ORT_ENABLE_ALL, True))
    for name, level, prepack in settings:
        worst, differing, elements, largest = difference(outputs_of(before, level, arguments.threads, prepack),
                                                         outputs_of(after, level, arguments.threads, prepack))
        yield (f"| {model.stem} | {node_count(before)} | {node_count(after)} | {name} | {differing} of {elements} |"
               f" {worst:.2g} | {largest:.3g} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--costscan", required=True)
    parser.add_argument("--before", default="fold_constants", help="passes that both models have been through")
    parser.add_argument("--pass", dest="pass_name", default="fuse_attention_qkv")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("models", nargs="+", type=Path)
    arguments = parser.parse_args()
    print("| model | nodes before | nodes after | runtime level | differing elements | largest difference |"
          " largest output |\n| --- | --- | --- | --- | --- | --- | --- |")
    for model in arguments.models:
        with tempfile.TemporaryDirectory() as folder:
            try:
                for line in compared(arguments, model, Path(folder)):
                    print(line, flush=True)
            except RuntimeError as error:
                print(f"| {model.stem} | not compared: {error} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
