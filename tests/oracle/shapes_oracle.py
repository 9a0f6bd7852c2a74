"""Every node output of a model as inferred, against the shape and type that ONNX Runtime's unoptimised run reports.

usage: shapes_oracle.py --dump DUMP_SHAPES [--slow | --only NAME]... [--optimised] CORPUS_FOLDER

Weights that the corpus lacks come from one sparse file of zeros, which every external tensor refers to: shapes do not
depend on them. Exit code 0: no mismatch and no unknown; 1: some; 77: nothing to test here (skipped).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))
try:
    import onnx
    from onnx_models import plain_feeds, session_of, session_options, zero_weights
except ImportError as missing:
    print(f"SKIP: {missing} (scripts/requirements-test.txt lists the packages)")
    sys.exit(77)
from common import BIG

# ONNX Runtime's CPU has no kernels for these: compared with the run of a model of the same structure.
SIBLING = {"b_bert_base_bf16": "b_bert_base_fp16"}
BINDINGS = {  # further bindings of the dynamic models, beside the defaults
    "b_llama_4layer_gqa_kv": ["batch=2,seq=8,past=56,total=64", "batch=1,seq=16,past=0", "batch=2,total=33,seq=1"],
    # ONNX Runtime 1.31's RotaryEmbedding wants a cache per sample here: it runs this model with a batch of one only.
    "b_llama_4layer_gqa_kv_opset23": ["seq=8,past=56,total=64", "batch=1,seq=16,past=0"],
    "q_b_llama_4layer_int4_matmulnbits": ["batch=2,seq=8,past=56"],
    "b_resnet50_hw": ["batch=2,height=97,width=130"],
    "b_bert_base": ["batch=2,seq=16", "batch=3,seq=1"],
    "b_bert_base_fp16": ["batch=2,seq=16"],
    "b_bert_base_bf16": ["batch=2,seq=16"],
    "q_b_bert_base_dynamic_int8": ["batch=2,seq=16"],
    "b_gpt2_nokv": ["batch=2,seq=16"],
    "b_qwen2_4layer": ["batch=2,seq=16"],
    "b_mobilenet_v3_small": ["batch=2"],
    "b_mobilevit_s": ["batch=2"],
    "b_vit_base": ["batch=2"],
    "b_whisper_tiny_encoder": ["batch=2"],
    "loop_if_net": ["n=5", "n=1"],
}
PROFILE_TYPES = {
    "float": "float32", "double": "float64", "half": "float16", "float16": "float16", "bfloat16": "bfloat16",
    "int64": "int64", "int32": "int32", "int16": "int16", "int8": "int8", "uint8": "uint8", "uint16": "uint16",
    "uint32": "uint32", "uint64": "uint64", "bool": "bool", "string": "string",
}


def run_dump(dump, model, dims):
    """→ (tensors by (scope, name), bindings); raises where the dump fails."""
    text = subprocess.run([dump, str(model), *[d for d in dims.split(",") if d]], capture_output=True, text=True)
    if text.returncode != 0:
        raise RuntimeError(text.stderr.strip())
    tensors, bindings = {}, {}
    for line in text.stdout.splitlines():
        if line.startswith("# binding "):
            name, value = line[len("# binding "):].split(" (")[0].rsplit("=", 1)
            bindings[name] = int(value)
        elif not line.startswith("#"):
            scope, name, dtype, shape, flags = line.split("\t")
            tensors[scope, name] = (dtype, shape, flags)
    return tensors, bindings


def nodes_by_unique_name(model):
    """Renames every node; → {new name: (scope pattern, op type, output names)}. A function's scope is its own name."""
    table = {}

    def visit(nodes, prefix, scope):
        for i, node in enumerate(nodes):
            old = node.name or f"{node.op_type}_{i}"
            node.name = f"{prefix}n{i}"
            table[node.name] = (scope, node.op_type, list(node.output))
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.GRAPH:
                    path = f"{scope}/{old}/{attribute.name}".lstrip("/")
                    path = ("/" if old.startswith("/") and not scope else "") + path
                    visit(attribute.g.node, f"{node.name}_{attribute.name}_", path)

    visit(model.graph.node, "oracle_", "")
    for k, function in enumerate(model.functions):
        visit(function.node, f"oracle_f{k}_", f"function:{function.name}")
    return table


def make_inputs(model, tensors, bindings):
    feeds = plain_feeds(model, bindings)
    for name, array in feeds.items():
        mine = "x".join(map(str, array.shape)) or "scalar"
        if tensors["", name][1] != mine:
            raise RuntimeError(f"input {name}: inferred {tensors['', name][1]}, bound {mine}")
    return feeds


def profile_events(model, feeds, folder):
    """One run with profiling, all optimisations off → [(node name, [(dtype, shape), ...])]."""
    path = folder / "model.onnx"
    onnx.save(model, path)
    options = session_options("disabled", threads=2, prepack=False)
    options.enable_profiling = True
    options.profile_file_prefix = str(folder / "profile")
    session = session_of(path, options)
    session.run(None, feeds)
    profile = Path(session.end_profiling())
    events = []
    for event in json.loads(profile.read_text()):
        if event.get("cat") != "Node" or not event["name"].endswith("_kernel_time"):
            continue
        shapes = []
        for entry in event["args"].get("output_type_shape", []):
            (dtype, dims), = entry.items()
            shapes.append((PROFILE_TYPES.get(dtype, dtype), "x".join(map(str, dims)) or "scalar"))
        events.append((event["name"][: -len("_kernel_time")], shapes))
    profile.unlink()
    return events


def agrees(ours, theirs):
    """→ "same", "bound" (a stated upper bound that holds), "widened" (the runtime computes float16 as float32), or ""."""
    dtype, shape, flags = ours
    if theirs[1] != shape:
        if "d" not in flags:
            return ""
        mine = [] if shape == "scalar" else [int(x) for x in shape.split("x") if x != "?"]
        run = [] if theirs[1] == "scalar" else [int(x) for x in theirs[1].split("x")]
        return "bound" if len(mine) == len(run) and all(a <= b for a, b in zip(run, mine)) else ""
    if theirs[0] == dtype:
        return "same"
    return "widened" if dtype in ("float16", "bfloat16") and theirs[0] == "float32" else ""


def compare(name, tensors, table, events):
    counts = dict(compared=0, mismatch=0, bound=0, widened=0)
    seen = set()
    for event, shapes in events:
        key = event
        if key not in table:  # an inlined function's node ends in its own name
            key = next((k for k in table if k.startswith("oracle_f") and event.endswith(k)), None)
            if key is None:
                continue
        scope, op, outputs = table[key]
        outputs = [o for o in outputs if o]
        if len(outputs) != len(shapes):
            continue
        seen.add(key)
        for output, theirs in zip(outputs, shapes):
            if scope.startswith("function:"):
                candidates = [v for (s, n), v in tensors.items() if s and n == output]
            else:
                candidates = [tensors[scope, output]] if (scope, output) in tensors else []
            verdicts = [agrees(ours, theirs) for ours in candidates]
            verdict = next((v for v in ("same", "widened", "bound") if v in verdicts), "")
            counts["compared"] += 1
            if verdict in ("bound", "widened"):
                counts[verdict] += 1
            elif not verdict:
                counts["mismatch"] += 1
                print(f"  MISMATCH {name}: {op} '{output}' in '{scope}': inferred {candidates[:2]}, ran {theirs}")
    runs = [k for k, (_, op, _) in table.items() if op != "Constant"]
    counts["not_run"] = len([k for k in runs if k not in seen])
    return counts


def optimised(path, level, folder):
    """The graph that ONNX Runtime's own optimiser makes of the model, as a file: operators of its own domains."""
    model = onnx.load(path, load_external_data=False)
    zero_weights(model, folder)
    onnx.save(model, folder / "original.onnx")
    options = session_options(level, optimized_model_external_initializers_file_name="optimised.bin",
                              optimized_model_external_initializers_min_size_in_bytes=1024)
    options.optimized_model_filepath = str(folder / f"{path.stem}.onnx")
    session_of(folder / "original.onnx", options)
    return folder / f"{path.stem}.onnx"


def test_optimised(dump, path, dims, level):
    with tempfile.TemporaryDirectory() as folder:
        return test_model(dump, optimised(path, level, Path(folder)), dims + ",--lenient", known_sibling=False)


def test_model(dump, path, dims, known_sibling=True):
    name = path.stem
    tensors, bindings = run_dump(dump, path, dims)
    unknown = [k for k, v in tensors.items() if v[1] == "?" or v[0].endswith("undefined")]
    listed = [k for k, v in tensors.items() if "d" in v[2]]
    sibling = SIBLING.get(name) if known_sibling else None
    source = path.with_name(sibling + ".onnx") if sibling else path
    model = onnx.load(source, load_external_data=False)
    own = nodes_by_unique_name(onnx.load(path, load_external_data=False)) if sibling else None
    table = nodes_by_unique_name(model)
    if own is not None:
        if [v[1] for v in own.values()] != [v[1] for v in table.values()]:
            raise RuntimeError(f"{source.stem} is not of the same structure")
        table = own
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        zero_weights(model, folder)
        events = profile_events(model, make_inputs(model, tensors if own is None else run_dump(dump, source, dims)[0],
                                                   bindings), folder)
    if own is not None:  # the sibling's half precision stands for this one's
        tensors = {k: (v[0].replace("bfloat16", "float16"), v[1], v[2]) for k, v in tensors.items()}
    counts = compare(name, tensors, table, events)
    counts["unknown"] = len(unknown)
    counts["data_dependent"] = len(listed)
    for key in unknown[:5]:
        print(f"  UNKNOWN {name}: {key}")
    return counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dump", required=True)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--slow", action="store_true", help="only the two billion-parameter models")
    parser.add_argument("--optimised", action="store_true", help="the graphs that the runtime's optimiser makes of them")
    parser.add_argument("corpus", type=Path)
    options = parser.parse_args()
    if not options.corpus.is_dir():
        print(f"SKIP: no corpus at {options.corpus.name} (COSTSCAN_SHARED)")
        return 77
    models = sorted(p for p in options.corpus.glob("*.onnx") if (p.stem in BIG) == options.slow)
    if options.only:
        models = [p for p in sorted(options.corpus.glob("*.onnx")) if p.stem in options.only]
    total = {}
    start = time.time()
    print(f"{'model':40} {'dims':32} compared mismatch unknown bound widened not_run data_dependent")
    failed = False
    for path in models:
        runs = [(dims, dims, lambda d, p=path: test_model(options.dump, p, d))
                for dims in ["", *BINDINGS.get(path.stem, [])]]
        if options.optimised:
            runs = [(f"optimised: {level}", "", lambda d, p=path, level=level: test_optimised(options.dump, p, d, level))
                    for level in ("extended", "all") if path.stem not in SIBLING]
        for label, dims, run in runs:
            try:
                counts = run(dims)
            except Exception as error:  # one model's failure must not hide the others'
                print(f"  FAILED {path.stem} {label}: {str(error)[:300]}")
                failed = True
                continue
            print(f"{path.stem:40} {label:32} {counts['compared']:8} {counts['mismatch']:8} {counts['unknown']:7} "
                  f"{counts['bound']:5} {counts['widened']:7} {counts['not_run']:7} {counts['data_dependent']:14}",
                  flush=True)
            for key, value in counts.items():
                total[key] = total.get(key, 0) + value
    print(f"total in {time.time() - start:.0f} s: {total}")
    return 1 if failed or total.get("mismatch", 0) or total.get("unknown", 0) or not total.get("compared", 0) else 0


if __name__ == "__main__":
    sys.exit(main())
