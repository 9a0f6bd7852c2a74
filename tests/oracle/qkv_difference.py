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
import sys
import tempfile
from pathlib import Path

import onnx

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))
from common import Failed, output_of
from onnx_models import difference, drawn_feeds, fill_missing, session_of, session_options


class Sizes(dict):
    """Sizes by name; a name that is not known is a length."""

    def __missing__(self, name):
        return 1 if "batch" in name else 17


def with_weights(source, target):
    model = onnx.load(source, load_external_data=False)
    fill_missing(model, source.parent)
    onnx.save(model, target)


def outputs_of(path, level, threads, prepack):
    feeds = drawn_feeds(onnx.load(path, load_external_data=False), Sizes(past=0), ids=1000)
    return session_of(path, session_options(level, threads, prepack)).run(None, feeds)


def node_count(path):
    return len(onnx.load(path, load_external_data=False).graph.node)


def optimized(costscan, source, target, passes):
    output_of([costscan, "optimize", source, "-o", target, "--passes", passes, "--report", "csv"])


def compared(arguments, model, folder):
    full, before, after = folder / "full.onnx", folder / "before.onnx", folder / "after.onnx"
    with_weights(model, full)
    optimized(arguments.costscan, full, before, arguments.before)
    optimized(arguments.costscan, before, after, arguments.pass_name)
    settings = (("disabled", "disabled", True), ("disabled, weights not packed", "disabled", False), ("all", "all", True))
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
            except Failed as error:
                print(f"| {model.stem} | not compared: {error} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
