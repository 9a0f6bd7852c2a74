#!/usr/bin/env python3
"""Makes the models of the benchmarks, in a folder outside the repository. Needs the `onnx` package.

usage: make_models.py FOLDER

  bert_1x.onnx     BERT-base with its 438 MB of weights in the file (random bytes; costs do not depend on them)
  bert_8x.onnx     the same nodes over eight times the weight bytes: wider vocabulary and feed-forward layers
  nodes_1x.onnx    the same graph without weight files,
  nodes_10x.onnx   ten copies of it side by side, nothing shared but the inputs
  nodes_10k.onnx   as many copies as make at least 10,000 nodes, for the page

The graph is the shared corpus's bert_base.onnx, or else the bundled two-layer BERT (about 150 MB of weights).
What is there already for the same source is left alone.
"""

import json
import os
import pathlib
import random
import sys

import onnx
from onnx import TensorProto

ROOT = pathlib.Path(__file__).resolve().parents[1]
WIDENED = (30522, 3072)  # vocabulary and feed-forward width of BERT: no constant of the graph repeats them
FORMAT = 1  # of this script's output; a new number remakes the files


def source_model():
    shared = pathlib.Path(os.environ.get("COSTSCAN_SHARED") or ROOT.parent / "shared")
    corpus = shared / "corpus" / "bert_base.onnx"
    return corpus if corpus.is_file() else ROOT / "tests/models/bert_2layer.onnx"


def byte_size(dims, data_type):
    count = 1
    for dim in dims:
        count *= dim
    return count * onnx.helper.tensor_dtype_to_np_dtype(data_type).itemsize


def weight_bytes(model, factor):
    return sum(byte_size(widened(t.dims, factor), t.data_type) for t in model.graph.initializer)


def widened(dims, factor):
    return [round(dim * factor) if dim in WIDENED else dim for dim in dims]


def widening_for(model, times):
    """The factor on the widened dimensions that gives `times` the bytes; bytes are linear in it up to rounding."""
    one, two = weight_bytes(model, 1), weight_bytes(model, 2)
    return 1 + (times - 1) * one / (two - one)


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def head(field, length):
    return varint(field << 3 | 2) + varint(length)


def write_with_weights(model, factor, path):
    """Streams the model with all weights in it; by hand, because protobuf itself ends at 2 GiB."""
    block = random.Random(0).randbytes(1 << 20)
    outer, graph = onnx.ModelProto(), onnx.GraphProto()
    outer.CopyFrom(model)
    graph.CopyFrom(model.graph)
    outer.ClearField("graph")
    graph.ClearField("initializer")
    tensors = []
    for tensor in model.graph.initializer:
        bare = TensorProto(name=tensor.name, dims=widened(tensor.dims, factor), data_type=tensor.data_type)
        if tensor.raw_data and factor == 1:
            bare.raw_data = tensor.raw_data
        header = bare.SerializeToString()
        size = 0 if bare.raw_data else byte_size(bare.dims, bare.data_type)
        tensors.append((header + head(9, size) if size else header, size))
    rest = graph.SerializeToString()
    length = len(rest) + sum(len(head(5, len(h) + n)) + len(h) + n for h, n in tensors)
    with open(path, "wb") as file:
        file.write(outer.SerializeToString() + head(7, length))
        for header, size in tensors:
            file.write(head(5, len(header) + size) + header)
            for start in range(0, size, len(block)):
                file.write(block[: size - start])
        file.write(rest)


def without_weight_files(model):
    """Every weight stands for a file that is absent: the size of the graph alone."""
    for tensor in model.graph.initializer:
        if tensor.data_location != TensorProto.EXTERNAL and len(tensor.raw_data) > 1024:
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value="absent.weights")
    return model


def repeated(model, copies):
    """`copies` of the graph next to each other; every name but those of the inputs gets the copy's number."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    graph = out.graph
    for field in ("node", "initializer", "output", "value_info"):
        graph.ClearField(field)
    shared = {i.name for i in model.graph.input} | {""}
    for copy in range(copies):
        rename = lambda name: name if name in shared else f"copy{copy}/{name}"  # noqa: B023, E731
        for field in ("initializer", "output", "value_info"):
            for item in getattr(model.graph, field):
                getattr(graph, field).add().CopyFrom(item)
                getattr(graph, field)[-1].name = rename(item.name)
        for node in model.graph.node:
            new = graph.node.add()
            new.CopyFrom(node)
            new.name = rename(node.name)
            new.input[:] = [rename(name) for name in node.input]
            new.output[:] = [rename(name) for name in node.output]
    return out


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    source = source_model()
    stamp = folder / "made_from.json"
    made_from = {"format": FORMAT, "source": source.name, "bytes": source.stat().st_size}
    if stamp.is_file() and json.loads(stamp.read_text())["made_from"] == made_from:
        print(f"benchmark models: there, from {source.name}")
        return
    stamp.unlink(missing_ok=True)
    model = onnx.load(str(source), load_external_data=False)
    write_with_weights(model, 1, folder / "bert_1x.onnx")
    write_with_weights(model, widening_for(model, 8), folder / "bert_8x.onnx")
    bare = without_weight_files(model)
    nodes = len(bare.graph.node)
    copies = {"nodes_1x": 1, "nodes_10x": 10, "nodes_10k": -(-10_000 // nodes)}
    for name, count in copies.items():
        (folder / f"{name}.onnx").write_bytes(repeated(bare, count).SerializeToString())
    inputs = {i.name: [d.dim_value or d.dim_param for d in i.type.tensor_type.shape.dim] for i in bare.graph.input}
    facts = {"nodes": {name: nodes * count for name, count in copies.items()}, "inputs": inputs}
    facts["nodes"] |= {"bert_1x": nodes, "bert_8x": nodes}
    stamp.write_text(json.dumps({"made_from": made_from, **facts}, indent=1))
    for path in sorted(folder.glob("*.onnx")):
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
