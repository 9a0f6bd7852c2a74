"""What an operator's outputs are, by somebody else: ONNX Runtime, else ONNX's own reference implementation."""

import dataclasses

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import cases

IR_VERSION = 10
ONNX_TYPES = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64, np.dtype(np.int32): TensorProto.INT32,
              np.dtype(np.int8): TensorProto.INT8, np.dtype(np.uint8): TensorProto.UINT8, np.dtype(np.bool_): TensorProto.BOOL,
              np.dtype(np.uint32): TensorProto.UINT32, np.dtype(np.float64): TensorProto.DOUBLE}


def opset_imports(node):
    if node.domain:
        return {node.domain: node.opset, "": 21}
    return {"": node.opset}


def model_of(nodes, results=None):
    """One model holding every node, unconnected; tensor names carry the node's number. `results`: expected outputs' shapes."""
    protos, inputs, outputs, initializers = [], [], [], []
    for number, node in enumerate(nodes):
        names = []
        for name, array in node.inputs.items():
            called = f"n{number}.{name}" if array is not None else ""
            names.append(called)
            if array is None:
                continue
            if name in node.constants:
                initializers.append(numpy_helper.from_array(array, called))
            else:
                inputs.append(helper.make_tensor_value_info(called, ONNX_TYPES[array.dtype], array.shape))
        while names and not names[-1]:
            names.pop()
        produced = [f"n{number}.{name}" if name else "" for name in node.outputs]
        attrs = {k: numpy_helper.from_array(v, k) if isinstance(v, np.ndarray) else v for k, v in node.attrs.items()}
        protos.append(helper.make_node(node.op, names, produced, name=node.name, domain=node.domain, **attrs))
        for position, (name, called) in enumerate(zip(node.outputs, produced)):
            if called and results is not None:
                array = results[number][name]
                outputs.append(helper.make_tensor_value_info(called, ONNX_TYPES[array.dtype], array.shape))
            elif called:
                outputs.append(helper.make_empty_tensor_value_info(called))
    graph = helper.make_graph(protos, "proofs", inputs, outputs, initializers)
    imports = [helper.make_opsetid(domain, version) for domain, version in opset_imports(nodes[0]).items()]
    return helper.make_model(graph, opset_imports=imports, ir_version=IR_VERSION)


def expected(node):
    """→ (outputs by name, the oracle's name); raises where neither can execute the node."""
    values, name = executed(node)
    for output, text in node.case.get("settled", {}).items():
        values[output] = cases.value_of(text, {**node.numbers, **values}, node.name)
    return values, name


def executed(node):
    if "expect" in node.case:
        return by_formula(node), "numpy"
    model = reordered_model(node) if node.domain == BLOCKED else model_of([node])
    feeds = {f"n0.{name}": array for name, array in node.inputs.items() if array is not None and name not in node.constants}
    asked = node.case.get("oracle")
    if asked in (None, "ort"):
        try:
            return by_runtime(model, feeds, node), "ort's distribution" if "distribution" in node.case else "ort"
        except Exception as error:
            if asked == "ort" or node.domain:
                raise ValueError(f"{node.name}: ONNX Runtime: {str(error).strip()[:300]}") from error
    try:
        values = ReferenceEvaluator(model).run(None, feeds)
    except Exception as error:
        raise ValueError(f"{node.name}: neither ONNX Runtime nor onnx.reference can execute it: {error!r}"[:400]) from error
    return dict(zip([name for name in node.outputs if name], map(as_float32, values))), "onnx"


def as_float32(values):
    """onnx.reference and numpy compute some results in double precision."""
    array = np.asarray(values)
    return array.astype(np.float32) if array.dtype.kind == "f" else array


BLOCKED = "com.microsoft.nchwc"
BLOCK = 16  # channels of a block: 8 or 16 by machine; the cases' channels are multiples of both


def reordered_model(node):
    """A blocked operator between the two operators that reorder channels, so that its ends are plain images. Filters come
    through the runtime's own optimiser, which alone knows their order: see by_runtime."""
    shapes = {name: array.shape for name, array in node.inputs.items() if array is not None}
    first = next(iter(node.inputs))
    if node.op == "Conv":  # the runtime itself puts the blocked operator in its place
        plain = dataclasses.replace(node, domain="", opset=13, attrs={k: v for k, v in node.attrs.items() if k != "activation"},
                                    constants={"W", "B"})
        return model_of([plain])
    nodes = [
        helper.make_node("ReorderInput", [f"n0.{first}"], ["blocked"], domain=BLOCKED, channels_last=0),
        helper.make_node(node.op, ["blocked"], ["result"], domain=BLOCKED, name=node.name, **node.attrs),
        helper.make_node("ReorderOutput", ["result"], [f"n0.{node.outputs[0]}"], domain=BLOCKED, channels=shapes[first][1], channels_last=0),
    ]
    inputs = [helper.make_tensor_value_info(f"n0.{first}", TensorProto.FLOAT, shapes[first])]
    outputs = [helper.make_empty_tensor_value_info(f"n0.{node.outputs[0]}")]
    graph = helper.make_graph(nodes, "blocked", inputs, outputs)
    imports = [helper.make_opsetid(BLOCKED, 1), helper.make_opsetid("", 21)]
    return helper.make_model(graph, opset_imports=imports, ir_version=IR_VERSION)


def by_formula(node):
    """Operators that neither can execute: a formula of the table, from the operator's definition."""
    names = {**node.numbers, **node.scratch, **{name: array for name, array in node.inputs.items() if array is not None}}
    values = {}
    for name, text in node.case["expect"].items():
        values[name] = as_float32(cases.value_of(text, {**names, **values}, node.name))
    return values


def by_runtime(model, feeds, node):
    options = onnxruntime.SessionOptions()
    blocked_filter = node.domain == BLOCKED and node.op == "Conv"
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if blocked_filter else levels.ORT_DISABLE_ALL
    if blocked_filter:
        feeds = {name: array for name, array in feeds.items() if name == "n0.X"}
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    values = session.run(None, feeds)
    return dict(zip([name for name in node.outputs if name], map(np.asarray, values)))


def save_group(nodes, results, path):
    onnx.save(model_of(nodes, results), path)
