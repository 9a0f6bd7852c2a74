"""ONNX's own node tests, many in one model, for scripts that need a model of nearly every operator."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx_models import session_of

RUNTIME_OPSET = 24
CASES_OF_A_MODEL = 120


def merged(cases, constants):
    """Many cases of one opset in one model, names apart by a prefix; operands as constants or as inputs. → (model,
    feeds)"""
    graph = onnx.GraphProto(name="many")
    feeds = {}
    imports = {}
    for number, case in enumerate(cases):
        prefix = f"c{number}/"
        inputs, _ = case.data_sets[0]
        for entry in case.model.opset_import:
            imports[entry.domain] = entry.version
        for value, array in zip(case.model.graph.input, inputs):
            if constants:
                graph.initializer.append(numpy_helper.from_array(np.asarray(array), prefix + value.name))
                continue
            added = graph.input.add()
            added.CopyFrom(value)
            added.name = prefix + value.name
            feeds[added.name] = np.asarray(array)
        for tensor in case.model.graph.initializer:
            added = graph.initializer.add()
            added.CopyFrom(tensor)
            added.name = prefix + tensor.name
        for place, node in enumerate(case.model.graph.node):
            added = graph.node.add()
            added.CopyFrom(node)
            added.name = f"{prefix}{place}/{node.name or node.op_type}"
            added.input[:] = [prefix + each if each else "" for each in node.input]
            added.output[:] = [prefix + each if each else "" for each in node.output]
        for value in case.model.graph.output:
            added = graph.output.add()
            added.CopyFrom(value)
            added.name = prefix + value.name
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid(*each) for each in imports.items()])
    model.ir_version = 10
    return model, feeds


def is_plain(case):
    """Dense tensors in and out, no bodies and no functions, of an opset that the runtime knows, deterministic."""
    graph = case.model.graph
    if case.model.functions or not graph.output or len(case.data_sets[0][0]) != len(graph.input):
        return False
    if any(entry.version > RUNTIME_OPSET for entry in case.model.opset_import if not entry.domain):
        return False
    types = [value.type for value in [*graph.input, *graph.output]]
    if not all(kind.HasField("tensor_type") and kind.tensor_type.elem_type != TensorProto.STRING for kind in types):
        return False
    drawn = ("Random", "Bernoulli", "Multinomial", "Dropout")
    for node in graph.node:
        if node.op_type.startswith(drawn):
            return False
        if any(attribute.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for attribute in node.attribute):
            return False
    return all(isinstance(each, (np.ndarray, np.generic)) for each in case.data_sets[0][0])


def runs(case):
    try:
        feeds = {v.name: np.asarray(a) for v, a in zip(case.model.graph.input, case.data_sets[0][0])}
        session_of(case.model).run(None, feeds)
    except Exception:  # noqa: BLE001
        return False
    return True


def models():
    """→ (label, number of tests, model, inputs); all tests of one set of opsets together, each in two forms."""
    from onnx.backend.test.case.node import collect_testcases

    np.seterr(all="ignore")  # the tests' own references overflow on purpose
    batches = {}
    for case in collect_testcases(None):
        if not case.name.endswith("_expanded") and is_plain(case) and runs(case):
            key = tuple(sorted((entry.domain, entry.version) for entry in case.model.opset_import))
            batches.setdefault(key, []).append(case)
    for key, cases in batches.items():
        for start in range(0, len(cases), CASES_OF_A_MODEL):
            part = cases[start:start + CASES_OF_A_MODEL]
            for constants in (False, True):
                model, feeds = merged(part, constants)
                label = f"backend opset {key[0][1]} from {start} ({'constants' if constants else 'inputs'})"
                yield label, len(part), model, feeds
