#!/usr/bin/env python3
"""What costscan's own measuring adds: the latency that it reports against the runtime alone, on the same file.

Each round measures every model once with each side in random order: the runtime alone is a fresh session of the Python
package (the same library, threads and optimisation level, profiling off, outputs dropped), costscan is the command. A
round's medians are a pair; ratios stand with 95% bootstrap intervals over rounds. Prints Markdown for the README.
"""

import argparse
import pathlib
import random
import statistics
import sys
import tempfile
import time

import onnx
import onnxruntime as ort

from common import COMMAND, Failed, find_model, report_of
from onnx_models import drawn_feeds, fill_missing, session_of, session_options

DEFAULTS = ["tests/models/mobilenet_v3_small.onnx", "tests/models/bert_2layer.onnx", "mobilenet_v2", "resnet50", "yolov8n", "bert_base"]
RESAMPLES = 2000
FEWEST_RUNS = 10


def with_weights(path, folder):
    """The model in one file with all its weights: both sides then read the same bytes."""
    model = onnx.load(str(path), load_external_data=False)
    fill_missing(model, path.parent)
    whole = folder / path.name
    onnx.save(model, str(whole))
    return whole


def costscan(arguments, path, seconds):
    """The command's JSON report of one measurement; a list of warnings is part of it."""
    try:
        return report_of(arguments.command, path, "--measure", "--seconds", seconds, "--threads", arguments.threads,
                         "--ort-lib", arguments.ort_lib)
    except Failed as why:
        sys.exit(f"{path}: {why}")


def alone(arguments, path, report, seconds):
    """Median µs of runs of a fresh session, after warm-up as costscan does it."""
    session = session_of(path, session_options("all", arguments.threads))
    # Inputs of the sizes that costscan bound; what they hold costs the same.
    sizes = {dim["name"]: dim["value"] for dim in report["dims"]}
    feeds = drawn_feeds(onnx.load(str(path), load_external_data=False), sizes)
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
    parser.add_argument("--command", type=pathlib.Path, default=COMMAND, help="the costscan to judge")
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
