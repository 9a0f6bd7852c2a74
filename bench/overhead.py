#!/usr/bin/env python3
"""What costscan's own measuring adds: the latency that it reports against the runtime alone, on the same file.

Each round measures every model once with each side in random order: the runtime alone is a fresh session of the Python
package (the same library, threads and optimisation level, profiling off, outputs dropped), costscan is the command. A
round's medians are a pair; ratios stand with 95% bootstrap intervals over rounds. Prints Markdown for the README.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime as ort

ROOT = pathlib.Path(__file__).resolve().parents[1]
SHARED = pathlib.Path(os.environ.get("COSTSCAN_SHARED") or ROOT.parent / "shared")
DEFAULTS = ["tests/models/mobilenet_v3_small.onnx", "tests/models/bert_2layer.onnx", "mobilenet_v2", "resnet50", "yolov8n", "bert_base"]
RESAMPLES = 2000
FEWEST_RUNS = 10


def find_model(name):
    """A path, or a model of the shared corpus by its stem; None where neither is there."""
    for path in (pathlib.Path(name), ROOT / name, SHARED / "corpus" / f"{name}.onnx"):
        if path.is_file():
            return path
    return None


def fill_weights(tensor, draw):
    """Contents for a tensor whose external file is absent: small numbers, distinct in every tensor."""
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    shape = tuple(tensor.dims)
    scale = 1 / np.sqrt(max(1, np.prod(shape[1:], dtype=np.int64)))
    floating = np.issubdtype(dtype, np.floating)
    values = draw.normal(0, scale, shape) if floating else draw.integers(0, 2, shape)
    tensor.ClearField("external_data")
    tensor.data_location = onnx.TensorProto.DEFAULT
    tensor.raw_data = np.ascontiguousarray(values.astype(dtype)).tobytes()


def tensors_of(graph):
    """Initializers and tensors in attributes, of the graph and of all graphs inside it."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
                yield from tensors_of(inner)


def with_weights(path, folder):
    """The model in one file with all its weights: both sides then read the same bytes."""
    model = onnx.load(str(path), load_external_data=False)
    draw = np.random.default_rng(0)
    for tensor in tensors_of(model.graph):
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        location = next(entry.value for entry in tensor.external_data if entry.key == "location")
        if (path.parent / location).is_file():
            onnx.external_data_helper.load_external_data_for_tensor(tensor, str(path.parent))
            tensor.data_location = onnx.TensorProto.DEFAULT
        else:
            fill_weights(tensor, draw)
    whole = folder / path.name
    onnx.save(model, str(whole))
    return whole


def costscan(arguments, path, seconds):
    """The command's JSON report of one measurement; a list of warnings is part of it."""
    words = [str(arguments.command), str(path), "--measure", "--report", "json", "--seconds", str(seconds),
             "--threads", str(arguments.threads), "--ort-lib", str(arguments.ort_lib)]  # fmt: skip
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit code {ended.returncode}: {ended.stderr.strip()[-300:]}")
    return json.loads(ended.stdout)


def feeds_of(session, report):
    """Inputs of the sizes that costscan bound: normal floats, zeros for indices and masks of ones would cost the same."""
    bound = {dim["name"]: dim["value"] for dim in report["dims"]}
    draw = np.random.default_rng(1)
    feeds = {}
    for argument in session.get_inputs():
        shape = [dim if isinstance(dim, int) else eval(dim, {"__builtins__": {}}, bound) for dim in argument.shape]
        kind = argument.type.removeprefix("tensor(").removesuffix(")")
        dtype = {"float": np.float32, "double": np.float64, "float16": np.float16}.get(kind)
        feeds[argument.name] = draw.normal(0, 1, shape).astype(dtype) if dtype else np.zeros(shape, "bool" if kind == "bool" else kind)
    return feeds


def alone(arguments, path, report, seconds):
    """Median µs of runs of a fresh session, after warm-up as costscan does it."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feeds = feeds_of(session, report)
    for _ in range(5):
        session.run(None, feeds)
    samples = []
    end = time.perf_counter() + seconds
    while len(samples) < FEWEST_RUNS or time.perf_counter() < end:
        start = time.perf_counter()
        session.run(None, feeds)
        samples.append((time.perf_counter() - start) * 1e6)
    return statistics.median(samples)


def ratio(pairs):
    """Ratio of the medians of (numerator, denominator) pairs, and its 95% percentile-bootstrap interval over pairs."""
    draw = random.Random(0)

    def of(chosen):
        return statistics.median(a for a, _ in chosen) / statistics.median(b for _, b in chosen)

    values = sorted(of(draw.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    return of(pairs), values[int(0.025 * RESAMPLES)], values[int(0.975 * RESAMPLES) - 1]


def ratio_text(pairs):
    middle, low, high = ratio(pairs)
    verdict = " no difference" if low <= 1 <= high else ""
    return f"{middle:.3f} [{low:.3f}, {high:.3f}]{verdict}"


def measure(arguments, path):
    """One dict of medians (µs) per round."""
    rounds = []
    first = costscan(arguments, path, 0.05)  # sizes, and files into the page cache
    for _ in range(arguments.rounds):
        found = {}
        for side in random.sample(["alone", "costscan"], 2):
            if side == "alone":
                found["alone"] = alone(arguments, path, first, arguments.seconds)
                continue
            report = costscan(arguments, path, arguments.seconds)
            found["latency"] = report["measurement"]["latency"]["median"]
            found["profiled"] = report["measurement"]["profiled_latency"]["median"]
            rows = sum(row["measured_us"] or 0 for row in report["runtime"] if row["op_type"] != "remainder")
            found["nodes"] = rows
        rounds.append(found)
    return rounds


def pooled(all_rounds, above, below):
    """Pairs of all models, each as a share of its model's own medians, so that no model weighs more than another."""
    pairs = []
    for rounds in all_rounds:
        middle = statistics.median(one[below] for one in rounds)
        pairs += [(one[above] / middle, one[below] / middle) for one in rounds]
    return pairs


def print_table(results):
    print("| model | runtime alone | costscan's latency / alone | with profiling / without | corrected node times / latency |")
    print("| --- | ---: | ---: | ---: | ---: |")
    columns = [("latency", "alone"), ("profiled", "latency"), ("nodes", "latency")]
    for name, rounds in results.items():
        cells = [ratio_text([(one[above], one[below]) for one in rounds]) for above, below in columns]
        print(f"| {name} | {statistics.median(one['alone'] for one in rounds) / 1000:.3g} ms | {' | '.join(cells)} |")
    cells = [ratio_text(pooled(list(results.values()), above, below)) for above, below in columns]
    print(f"| **all** | | {' | '.join(cells)} |")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--command", type=pathlib.Path, default=ROOT / "build/release/costscan", help="the costscan to judge")
    parser.add_argument("--models", nargs="+", default=DEFAULTS, help="files, or models of the shared corpus by name")
    parser.add_argument("--rounds", type=int, default=8, help="of each model")
    parser.add_argument("--seconds", type=float, default=1.0, help="of runs for each side in a round")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    library = next(pathlib.Path(ort.__file__).parent.glob("capi/libonnxruntime.so*"), None)
    if library is None:
        sys.exit("this Python's onnxruntime has no shared library of its own")
    arguments.ort_lib = library
    results = {}
    with tempfile.TemporaryDirectory(prefix="costscan-overhead-") as folder:
        for name in arguments.models:
            path = find_model(name)
            if path is None:
                print(f"skipped: {name} is neither a file nor in the shared corpus", file=sys.stderr)
                continue
            whole = with_weights(path, pathlib.Path(folder))
            results[path.stem] = measure(arguments, whole)
            whole.unlink()
            print(f"{path.stem}: {ratio_text([(one['latency'], one['alone']) for one in results[path.stem]])}", file=sys.stderr)
    if not results:
        sys.exit("no model was measured")
    print_table(results)


if __name__ == "__main__":
    main()
