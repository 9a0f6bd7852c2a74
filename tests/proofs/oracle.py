"""What an operator's outputs are, by somebody else: ONNX Runtime, else ONNX's own reference implementation."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

IR_VERSION = 10
ONNX_TYPES = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64, np.dtype(np.int32): TensorProto.INT32,
              np.dtype(np.int8): TensorProto.INT8, np.dtype(np.uint8): TensorProto.UINT8, np.dtype(np.bool_): TensorProto.BOOL}


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
        attrs = {k: v for k, v in node.attrs.items()}
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
    model = model_of([node])
    feeds = {f"n0.{name}": array for name, array in node.inputs.items() if array is not None and name not in node.constants}
    asked = node.case.get("oracle")
    if asked in (None, "ort"):
        try:
            return by_runtime(model, feeds, node), "ort"
        except Exception as error:
            if asked == "ort" or node.domain:
                raise ValueError(f"{node.name}: ONNX Runtime: {str(error).strip()[:300]}") from error
    try:
        values = ReferenceEvaluator(model).run(None, feeds)
    except Exception as error:
        raise ValueError(f"{node.name}: neither ONNX Runtime nor onnx.reference can execute it: {error!r}"[:400]) from error
    return dict(zip([name for name in node.outputs if name], map(np.asarray, values))), "onnx"


def by_runtime(model, feeds, node):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    values = session.run(None, feeds)
    return dict(zip([name for name in node.outputs if name], map(np.asarray, values)))


def save_group(nodes, results, path):
    onnx.save(model_of(nodes, results), path)
