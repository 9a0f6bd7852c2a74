#!/usr/bin/env python3
"""Peak memory of models: costscan's plan against what ONNX Runtime allocates.

usage: bench/memory.py [--costscan COMMAND] [--write docs/memory.md] [NAME...]     the table, over the shared corpus
       bench/memory.py --check MODEL.onnx...                          exit code 1 where a bound does not hold
       bench/memory.py --sharing --dump-vectors DUMP [--backend]      the table of analyzer/predict/memory_rules.cpp
       bench/memory.py --packing                                      packed weights against their formulas

Run it with the Python of scripts/requirements-test.txt. Weights come from a sparse file of zeros: the runtime's buffers
do not depend on them. Exit code 77: nothing to compare with here (skipped).
"""

import argparse
import csv
import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "tests" / "oracle")]

try:
    import onnx

    import memory_rules
    import ort_memory
    from onnx_models import plain_feeds, zero_weights
except ImportError as missing:
    print(f"SKIP: {missing} (scripts/requirements-test.txt lists the packages)")
    sys.exit(77)
from common import COMMAND, Failed, corpus_folder, report_of, write_between

# Both families of exporters, convolutions and attention, integers, a cache, bodies. Two of a kind say nothing new.
CORPUS = [
    "b_bert_base", "b_gpt2_nokv", "b_llama_4layer_gqa_kv", "b_mobilenet_v3_small", "b_mobilevit_s", "b_resnet50", "b_vit_base",
    "b_whisper_tiny_encoder", "bert_base", "bert_base_folded", "distilbert_base", "efficientnet_b0_folded", "gpt2_small",
    "loop_if_net", "lstm_gru_tagger", "mixer_b16_224", "mobilenet_v2_folded", "q_b_resnet50_qdq_int8",
    "q_bert_base_dynamic_int8", "q_resnet50_fp16", "resnet50", "whisper_base_encoder", "yolov8n_folded",
]  # fmt: skip
MAY_MISS_BYTES = 64 * 1024  # scalars and texts of a graph: a page or two that no plan of ours lists


class Ours:
    """What costscan says, from its JSON report at --plan depth."""

    def __init__(self, command, model):
        document = report_of(command, model, "--plan")
        self.memory = document["memory"]
        if not self.memory or self.memory["order"] != "executed" or self.memory["held_peak_bytes"] is None:
            reason = document["measurement"]["reason"] or "a shape of the executed graph is unknown"
            raise Failed(f"costscan has no executed graph: {reason}")
        self.dims = {entry["name"]: entry["value"] for entry in document["dims"]}
        self.file_peak = document["totals"]["peak_activation_bytes"]


def scratch_by_node(file):
    """{node name: bytes that its kernel allocated for itself}; the runtime appends its node's index or a hash."""
    with open(file, newline="") as text:
        rows = list(csv.reader(text))
    return {re.sub(r"_\d+$", "", row[0]): int(row[-1]) for row in rows[1:] if len(row) >= 5 and int(row[-1]) > 0}


class Theirs:
    """What the runtime allocates for one inference of the model at all optimisations, one thread."""

    def __init__(self, counting, arena, model, dims, folder):
        proto = onnx.load(model, load_external_data=False)
        zero_weights(proto, folder)
        feeds = plain_feeds(proto, dims)
        path, stats = folder / "model.onnx", folder / "stats.csv"
        onnx.save(proto, path)
        self.input_bytes = sum(array.nbytes for array in feeds.values())
        free = any(dim.HasField("dim_param") for v in proto.graph.input for dim in v.type.tensor_type.shape.dim)
        self.sizes_are_open = free and not proto.graph.value_info  # the planner knows fewer sizes than we do
        session = ort_memory.Session(counting, path, stats_file=stats)
        self.kept_by_session = sum(session.kept_by_session)
        self.peak = max(ort_memory.peak_of(session.run(feeds)) for _ in range(2))
        session.close()  # writes the file
        self.scratch = scratch_by_node(stats) if stats.exists() else {}
        session = ort_memory.Session(counting, path, pattern=True)
        session.run(feeds)
        self.with_pattern = ort_memory.peak_of(session.run(feeds))
        session.close()
        session = ort_memory.Session(arena, path)
        before = session.arena_stats()
        session.run(feeds)
        after = session.arena_stats()
        # A session may have needed more while it was made than while it runs: then the run's share is not in the maximum.
        self.arena = after["MaxInUse"] - after["InUse"] if after["MaxInUse"] > before["MaxInUse"] else None
        session.close()


def with_scratch(memory, scratch):
    """→ (peak of buffers and the scratch of the node that runs, the node where it is)"""
    peak, where = 0, ""
    for step in memory["steps"]:
        total = step["held_bytes"] + scratch.get(step["node_name"], 0)
        if total > peak:
            peak, where = total, step["node_name"]
    return peak, where


def si(value):
    for unit, size in (("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}" if value / size < 1000 else f"{value / size:.0f} {unit}"
    return f"{value} B"


def relative(ours, theirs):
    return f"{(ours - theirs) / theirs:+.2%}".replace("-", "−") if theirs else ""


def compare(command, counting, arena, model):
    ours = Ours(command, model)
    with tempfile.TemporaryDirectory() as folder:
        theirs = Theirs(counting, arena, model, ours.dims, Path(folder))
    return ours, theirs


HEAD = """| model | as written | alive | ours: allocated | ours with scratch | runtime | difference | arena says | with pattern |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""


def table(options, counting, arena):
    lines = []
    for name in options.models or CORPUS:
        model = corpus_folder() / f"{name}.onnx"
        if not model.exists():
            print(f"SKIP: {model} is absent")
            return 77
        try:
            ours, theirs = compare(options.costscan, counting, arena, model)
        except (Failed, RuntimeError) as reason:
            print(f"{name}: {reason}", file=sys.stderr)
            continue
        memory = ours.memory
        total, where = with_scratch(memory, theirs.scratch)
        arena_text = si(theirs.arena) if theirs.arena is not None else "below making the session"
        lines.append(
            f"| {name} | {si(ours.file_peak) if ours.file_peak is not None else 'unknown'} | {si(memory['peak_bytes'])} | "
            f"{si(memory['held_peak_bytes'])} | {si(total)} | {si(theirs.peak)} | {relative(total, theirs.peak)} | "
            f"{arena_text} | {si(theirs.with_pattern)} |"
        )
        exact = f"{memory['held_peak_bytes']} {total} {theirs.peak} scratch {sum(theirs.scratch.values())} at {where}"
        print(f"{name}: {exact}", file=sys.stderr)
    text = HEAD + "\n".join(lines) + "\n"
    print(text, end="")
    if options.write:
        write_between(options.write, "table: bench/memory.py", text)
    return 0


def check(options, counting, arena):
    """Ours against the allocations of a run. What we leave out is named in docs/memory.md: kernels' scratch, which
    the runtime states by node, and small values: so ours may not be above, and below by no more than that.

    Where sizes are free and the file states none between its nodes, the runtime's planner takes tensors for unlike that
    are alike in this run. Then it reuses less than we think and frees more: down to what is alive; and it overwrites
    less: at most what it would have overwritten is there twice, and that is alive."""
    failed = 0
    for model in options.models:
        try:
            ours, theirs = compare(options.costscan, counting, arena, Path(model))
        except (Failed, RuntimeError) as reason:
            print(f"SKIP: {model}: {reason}")
            return 77
        held = ours.memory["held_peak_bytes"]
        highest, _ = with_scratch(ours.memory, theirs.scratch)
        slack = MAY_MISS_BYTES + (highest - held)
        lowest, most = held, held + slack
        if theirs.sizes_are_open:
            lowest, most = ours.memory["peak_bytes"] - theirs.input_bytes, held + ours.memory["peak_bytes"] + slack
        good = lowest <= theirs.peak <= most and ours.memory["input_bytes"] == theirs.input_bytes
        print(f"{'ok  ' if good else 'FAIL'} {Path(model).stem}: ours {held}, runtime {theirs.peak}, scratch up to "
              f"{highest - held}; inputs {ours.memory['input_bytes']} and {theirs.input_bytes}")  # fmt: skip
        failed += not good
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--costscan", default=str(COMMAND))
    parser.add_argument("--write", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--sharing", action="store_true")
    parser.add_argument("--packing", action="store_true")
    parser.add_argument("--dump-vectors")
    parser.add_argument("--backend", action="store_true")
    options = parser.parse_args()
    try:
        counting = ort_memory.Runtime()
    except (ort_memory.RuntimeMissing, OSError) as missing:
        print(f"SKIP: {missing}")
        return 77
    if options.sharing or options.packing:
        wrong = memory_rules.check_packing(counting) if options.packing else 0
        return wrong | (memory_rules.check_sharing(counting, ROOT, options.dump_vectors, options.backend) if options.sharing else 0)
    arena = ort_memory.Runtime(counting=False)
    return check(options, counting, arena) if options.check else table(options, counting, arena)


if __name__ == "__main__":
    sys.exit(main())
