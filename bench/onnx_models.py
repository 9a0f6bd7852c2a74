"""Models to measure and to compare: their stored tensors, numbers for weights that a file lacks, inputs, sessions of ONNX
Runtime, outputs side by side. Needs the packages of scripts/requirements-test.txt."""
import collections
import math
import os
import re
import zlib

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # has to be there before the runtime is loaded

import numpy as np
import onnx
import onnx.external_data_helper
import onnxruntime as ort
from onnx import TensorProto, helper

LEVELS = {
    "disabled": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
PAGE = 4096  # external data starts at a page, as the runtime maps it
PACKED = {TensorProto.INT4, TensorProto.UINT4}  # two elements a byte
# Variances and scales have to be positive, and gains near one keep deep models' numbers alive.
POSITIVE = re.compile(r"scale|norm|gamma|running_var|variance|(^|[._/])var$", re.IGNORECASE)


def stored_tensors(model):
    """Every stored tensor of the graph, of the bodies in it and of functions → (tensor, its name or that of what its node
    makes, whether it is an initializer)."""
    def of_nodes(nodes):
        for node in nodes:
            for attribute in node.attribute:
                for tensor in [*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors]:
                    yield tensor, node.output[0] if node.output else node.name, False
                for body in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
                    yield from of_graph(body)

    def of_graph(graph):
        for tensor in graph.initializer:
            yield tensor, tensor.name, True
        yield from of_nodes(graph.node)

    yield from of_graph(model.graph)
    for function in model.functions:
        yield from of_nodes(function.node)


def byte_size(tensor):
    """Bytes of a tensor's elements, wherever they are."""
    count = math.prod(tensor.dims)
    if tensor.data_type in PACKED:
        return (count + 1) // 2
    return count * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize


def is_missing(tensor, folder):
    """Whether a tensor's file is not in the folder; without a folder none is looked for."""
    if tensor.data_location != TensorProto.EXTERNAL:
        return False
    location = next(entry.value for entry in tensor.external_data if entry.key == "location")
    return folder is None or not (folder / location).is_file()


def made_up(tensor, name):
    """Bytes for a tensor, the same for one name: floats scaled by the fan-in (positive where they have to be), masks of the
    past, bytes of any value, zeros and ones for wider integers, which may be indices."""
    draw = np.random.default_rng(zlib.crc32(name.encode()))
    dims, count = tuple(tensor.dims), math.prod(tensor.dims)
    dtype = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    if tensor.data_type in PACKED:
        return draw.bytes((count + 1) // 2)
    if dtype == np.bool_:
        return (np.tril(np.ones(dims, dtype)) if len(dims) > 1 else np.ones(dims, dtype)).tobytes()
    if dtype.kind in "iu":
        return draw.bytes(count) if dtype.itemsize == 1 else draw.integers(0, 2, count).astype(dtype).tobytes()
    if POSITIVE.search(name) and (len(dims) < 2 or "scale" in name.lower()):
        return draw.uniform(0.5, 1.5, count).astype(dtype).tobytes()
    fan_in = math.prod(dims[1:]) if len(dims) > 1 else math.prod(dims)
    return (draw.standard_normal(count, np.float32) / np.sqrt(np.float32(max(fan_in, 1)))).astype(dtype).tobytes()


def fill_missing(model, folder=None, limit=None):
    """Puts all weights into a model that was loaded without them: from their files in the folder, and made up where there
    are none. False, and nothing done, where those that are missing have more than `limit` bytes."""
    apart = [(tensor, name) for tensor, name, _ in stored_tensors(model) if tensor.data_location == TensorProto.EXTERNAL]
    if limit is not None and sum(byte_size(tensor) for tensor, _ in apart if is_missing(tensor, folder)) > limit:
        return False
    for tensor, name in apart:
        if is_missing(tensor, folder):
            tensor.raw_data = made_up(tensor, name)
        else:
            onnx.external_data_helper.load_external_data_for_tensor(tensor, str(folder))
        del tensor.external_data[:]
        tensor.data_location = TensorProto.DEFAULT
    return True


def zero_weights(model, folder, file="zeros.bin", apart=False):
    """Points external initializers at one sparse file of zeros in the folder where the model will be saved: all at its
    start, or each at a place of its own (`apart`). Tensors in attributes are put into the model."""
    end = 1
    for tensor, _, initializer in stored_tensors(model):
        if tensor.data_location != TensorProto.EXTERNAL:
            continue
        size = byte_size(tensor)
        del tensor.external_data[:]
        if not initializer:
            tensor.data_location = TensorProto.DEFAULT
            tensor.raw_data = bytes(size)
            continue
        start = -(-end // PAGE) * PAGE if apart and end > 1 else 0
        for key, value in (("location", file), ("offset", start), ("length", size)):
            tensor.external_data.add(key=key, value=str(value))
        end = max(end, start + size)
    with open(folder / file, "wb") as zeros:
        zeros.truncate(end)


def inputs_of(model):
    """→ (name, dims, element type) of every input that no initializer gives; a dim is a number, a text, or None."""
    given = {tensor.name for tensor in model.graph.initializer}
    for value in model.graph.input:
        if value.name not in given:
            kind = value.type.tensor_type
            dims = [dim.dim_value if dim.HasField("dim_value") else dim.dim_param or None for dim in kind.shape.dim]
            yield value.name, dims, helper.tensor_dtype_to_np_dtype(kind.elem_type)


def shape_under(dims, sizes):
    """Numbers for dims. `sizes`: a number for a name; a text may be an expression of names; 2 where there is no text."""
    def bound(dim):
        if dim is None or isinstance(dim, int):
            return 2 if dim is None else dim
        try:
            return sizes[dim] if dim in sizes else eval(dim, {"__builtins__": {}}, sizes)  # noqa: S307  "past + seq"
        except SyntaxError:  # a name that is no identifier
            return sizes[dim]

    return [bound(dim) for dim in dims]


def drawn_input(name, shape, dtype, draw, ids=2):
    """Contents for an input by its role: floats around zero, masks of ones, positions in order, whole numbers below
    `ids` (below 2 for types and flags)."""
    if dtype.kind not in "iub":
        return draw.standard_normal(shape).astype(dtype)
    if "mask" in name.lower():
        return np.ones(shape, dtype)
    if "position" in name.lower() and shape:
        return np.broadcast_to(np.arange(shape[-1]), shape).astype(dtype)
    return draw.integers(0, 2 if dtype.kind == "b" or "type" in name.lower() else ids, shape).astype(dtype)


def drawn_feeds(model, sizes, seed=0, ids=2):
    draw = np.random.default_rng(seed)
    return {name: drawn_input(name, shape_under(dims, sizes), dtype, draw, ids) for name, dims, dtype in inputs_of(model)}


def plain_feeds(model, sizes):
    """Zeros; masks are ones, and an input that is a dimension itself is that number."""
    return {name: np.full(shape_under(dims, sizes), sizes.get(name, 1 if "mask" in name else 0), dtype)
            for name, dims, dtype in inputs_of(model)}


def session_options(level="disabled", threads=1, prepack=True, **entries):
    """`prepack`: weights are packed, and then take other kernels than computed operands, which round otherwise.
    `entries`: further settings of the section "session", by their names in it."""
    options = ort.SessionOptions()
    options.graph_optimization_level = LEVELS[level]
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    if not prepack:
        entries["disable_prepacking"] = 1
    for name, value in entries.items():
        options.add_session_config_entry(f"session.{name}", str(value))
    return options


def session_of(model, options=None):
    """A session of a model or a file; without options its nodes are executed as they are written, by kernels that round
    alike for constant and for computed operands."""
    whole = model.SerializeToString() if isinstance(model, onnx.ModelProto) else str(model)
    return ort.InferenceSession(whole, options or session_options(prepack=False), providers=["CPUExecutionProvider"])


def checker_fault(model):
    """What ONNX's checker says of it, in a line; empty where it accepts the model."""
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # noqa: BLE001  of several kinds
        return str(error).strip().splitlines()[0][:200]
    return ""


def same_bits(first, second):
    """Of outputs, sequences of tensors included; any NaN is any other."""
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same_bits, first, second))
    first, second = np.asarray(first), np.asarray(second)
    if first.dtype != second.dtype or first.shape != second.shape:
        return False
    if first.dtype.kind == "f":
        both_nan = np.isnan(first) & np.isnan(second)
        return bool((both_nan | ((first == second) & (np.signbit(first) == np.signbit(second)))).all())
    return bool((first == second).all()) if first.dtype.kind != "O" else first.tolist() == second.tolist()


Difference = collections.namedtuple("Difference", "worst differing elements largest")


def difference(before, after):
    """Of two runs' outputs: the largest absolute difference (infinite where a type, a shape or an infinity is another),
    elements that differ, elements, the largest finite number before. A NaN equals a NaN; texts are not compared."""
    worst, differing, elements, largest = 0.0, 0, 0, 0.0
    if len(before) != len(after):
        return Difference(math.inf, 0, 0, 0.0)
    for first, second in zip(map(np.asarray, before), map(np.asarray, after)):
        if first.shape != second.shape or first.dtype != second.dtype:
            return Difference(math.inf, differing, elements, largest)
        if first.dtype.kind not in "fiub" or not first.size:
            continue
        other = ~((first == second) | ((first != first) & (second != second)))
        one, two = first.astype(np.float64), second.astype(np.float64)
        elements += first.size
        differing += int(other.sum())
        largest = max(largest, float(np.abs(one, out=np.zeros_like(one), where=np.isfinite(one)).max()))
        with np.errstate(all="ignore"):
            gap = np.abs(one - two)[other]
        if gap.size:
            worst = max(worst, float(gap.max()) if np.isfinite(gap).all() else math.inf)
    return Difference(worst, differing, elements, largest)
