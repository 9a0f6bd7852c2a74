"""The vectors of tests/vectors as single-operator models in ONNX Runtime: the output shapes and types that they state
must be those of a run.

usage: vector_shapes.py --dump DUMP_VECTORS --vectors FOLDER [--index FILE [--write]] [--verbose]
A case that the runtime's CPU provider refuses (types, sizes or operators that it does not do) is counted, not failed.
--index compares (or writes) the list of operators with a case that ran and agreed, which `costscan list ops` shows.
Exit code 1: a mismatch, or an index that lists what did not run; 77: no runtime.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))
os.environ["ALLOW_RELEASED_ONNX_OPSET_ONLY"] = "0"
try:
    import ml_dtypes
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
    from onnx_models import session_of, session_options
except ImportError as missing:
    print(f"SKIP: {missing} (scripts/requirements-test.txt lists the packages)")
    sys.exit(77)

NAMES = {"float32": "FLOAT", "float64": "DOUBLE", "bool": "BOOL"}
NEWEST = {"": 24, "ai.onnx.ml": 4, "ai.onnx.preview.training": 1}  # what ONNX Runtime 1.31 knows
SKIPPED_KINDS = ("map", "optional", "other")


class NotExpressible(Exception):
    """The case needs what this test does not build: maps, optionals, tensor attributes, unknown shapes."""


def element_type(dtype):
    return getattr(TensorProto, NAMES.get(dtype, dtype.upper()))


def array_of(spec, fill):
    """Contents for an operand: as stated, else small floats, or `fill` for whole numbers (indices, codes, lengths)."""
    if spec["shape"] is None:
        raise NotExpressible
    if spec["dtype"] == "string":
        return np.array(spec.get("value", ["a b"] * int(np.prod(spec["shape"]))), dtype=object).reshape(spec["shape"])
    dtype = helper.tensor_dtype_to_np_dtype(element_type(spec["dtype"]))
    if "value" in spec:
        return np.array(spec["value"]).astype(dtype).reshape(spec["shape"])
    if np.issubdtype(dtype, np.integer) or spec["dtype"] in ("bool", "int4", "uint4"):
        return np.full(spec["shape"], fill).astype(dtype)
    return np.random.default_rng(7).uniform(0.1, 0.9, spec["shape"]).astype(dtype)


def model_of(case, fill):
    """→ (model, inputs to feed)"""
    inputs, initializers, names, feeds = [], [], [], {}
    for spec in case["inputs"]:
        names.append("" if spec["omitted"] else spec["same_as"] or spec["name"])
        if spec["omitted"] or spec["same_as"]:
            continue
        if spec["kind"] in SKIPPED_KINDS:
            raise NotExpressible
        array = array_of(spec, fill)
        if spec["kind"] == "sequence":
            element = helper.make_tensor_type_proto(element_type(spec["dtype"]), spec["shape"])
            inputs.append(helper.make_value_info(spec["name"], helper.make_sequence_type_proto(element)))
            feeds[spec["name"]] = [array, array]
        elif spec["constant"] or "value" in spec:
            initializers.append(numpy_helper.from_array(array, spec["name"]))
        else:
            inputs.append(helper.make_tensor_value_info(spec["name"], element_type(spec["dtype"]), spec["shape"]))
            feeds[spec["name"]] = array
    node = helper.make_node(case["op"], names, ["" if o["omitted"] else o["name"] for o in case["outputs"]],
                            domain=case["domain"])  # fmt: skip
    for name, entry in case["attributes"].items():
        if entry["value"] is None:
            raise NotExpressible
        value = entry["value"]
        if entry["float"]:
            value = [float(x) for x in value] if isinstance(value, list) else float(value)
        node.attribute.append(helper.make_attribute(name, value, attr_type=None if value != [] else onnx.AttributeProto.INTS))
    outputs = [onnx.ValueInfoProto(name=o["name"]) for o in case["outputs"] if not o["omitted"]]
    graph = helper.make_graph([node], "one", inputs, outputs, initializers)
    imports = {"": NEWEST[""], case["domain"]: case["opset"] or NEWEST.get(case["domain"], 1)}
    opsets = [helper.make_opsetid(domain, version) for domain, version in imports.items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10), feeds


def run(case):
    """→ the outputs of a run; raises what the runtime says."""
    refusal = None
    for fill in (0, 1):
        model, feeds = model_of(case, fill)
        try:
            return session_of(model, session_options()).run(None, feeds)
        except Exception as error:  # the bindings raise several types of their own
            refusal = error
    raise refusal


def compare(case, results):
    """→ what differs, or an empty text."""
    stated = [spec for spec in case["outputs"] if not spec["omitted"]]
    for spec, result in zip(stated, results):
        if spec["kind"] != "tensor" or spec["shape"] is None or not isinstance(result, np.ndarray):
            continue
        ran = list(result.shape)
        inside = spec["bound"] and len(ran) == len(spec["shape"]) and all(a <= b for a, b in zip(ran, spec["shape"]))
        if ran != spec["shape"] and not inside:
            return f"{spec['name']}: stated {spec['shape']}, ran {ran}"
        if not case["infer"] and not case["domain"]:
            continue  # types that ONNX ties, stated apart to see what is counted for them
        wanted = np.dtype(object) if spec["dtype"] == "string" else helper.tensor_dtype_to_np_dtype(element_type(spec["dtype"]))
        if result.dtype != wanted and result.dtype.kind not in "OU" and wanted not in (ml_dtypes.bfloat16,):
            return f"{spec['name']}: stated {spec['dtype']}, ran {result.dtype}"
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dump", required=True)
    parser.add_argument("--vectors", required=True)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    dumped = subprocess.run([options.dump, options.vectors], capture_output=True, text=True, check=True)
    agreed, verdicts, wrong = Counter(), Counter(), 0
    for case in json.loads(dumped.stdout):
        name = f"{case['domain'] or 'onnx'}/{case['op']}"
        try:
            difference = compare(case, run(case))
        except NotExpressible:
            verdicts["not expressible"] += 1
            continue
        except Exception as refusal:
            verdicts["refused by the runtime"] += 1
            if options.verbose:
                print(f"refused  {case['place']} {name}: {str(refusal).splitlines()[0][:200]}")
            continue
        verdicts["mismatch" if difference else "same"] += 1
        if difference:
            print(f"mismatch {case['place']} {name} ({case['name']}): {difference}")
            wrong += 1
        else:
            agreed[name] += 1
    print(f"{sum(verdicts.values())} vectors in ONNX Runtime {onnxruntime.__version__}: {dict(verdicts)}; "
          f"{len(agreed)} operators ran as stated")  # fmt: skip
    text = "".join(f"{name} {count}\n" for name, count in sorted(agreed.items()))
    if options.index and options.write:
        options.index.write_text(text)
    if options.index:
        # Which element types run depends on the machine, so that counts may differ: an operator must not be missing.
        listed = {line.split()[0] for line in options.index.read_text().splitlines()}
        for name in sorted(listed - agreed.keys()):
            print(f"{options.index}: lists {name}, which did not run as stated; run this script with --write")
            wrong += 1
    return 1 if wrong or not agreed else 0


if __name__ == "__main__":
    sys.exit(main())
