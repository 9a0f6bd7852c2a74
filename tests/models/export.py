#!/usr/bin/env python3
"""Exports the bundled example models from real networks, with random weights and without the network's files.

    python3 -m venv VENV && VENV/bin/pip install -r tests/models/requirements.txt
    VENV/bin/python tests/models/export.py [NAME...]

Each model goes through one of PyTorch's exporters as a user's would. Afterwards floating-point tensors above 1 KiB become
external data whose file is absent, so that a real graph fits in git: costscan does not read weights
to reason about cost, and synthesises absent ones to measure. Integers stay: they decide shapes.
"""

import argparse
import pathlib
import sys

import onnx
import torch
import torchvision
import transformers
from onnx import TensorProto
from torch import nn

HERE = pathlib.Path(__file__).parent
STRIP_ABOVE_BYTES = 1024
FLOATS = {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE}
# What the dynamo exporter says about modules; its stack traces name files of the exporting machine.
KEPT_METADATA = {"namespace", "pkg.torch.onnx.class_hierarchy", "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.fx_node"}


class Bert(nn.Module):
    """BERT's encoder, transformers' own code; (batch, seq) ids and mask to (batch, seq, hidden)."""

    def __init__(self, **config):
        super().__init__()
        self.bert = transformers.BertModel(transformers.BertConfig(**config), add_pooling_layer=False)

    def forward(self, input_ids, attention_mask):
        return self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


class LlamaStep(nn.Module):
    """One decoding step of Llama with grouped-query attention; the cache goes in and comes out as plain tensors."""

    def __init__(self, **config):
        super().__init__()
        self.llama = transformers.LlamaForCausalLM(transformers.LlamaConfig(**config))

    def forward(self, input_ids, attention_mask, position_ids, past):
        cache = transformers.DynamicCache([(past[i], past[i + 1]) for i in range(0, len(past), 2)])
        out = self.llama(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=cache,
            use_cache=True,
        )
        present = [t for layer in out.past_key_values.layers for t in (layer.keys, layer.values)]
        return (out.logits, *present)


class Tagger(nn.Module):
    """A recurrent tagger with a data-dependent loop and a branch: exercises LSTM, Loop and If."""

    def __init__(self, vocabulary=200, width=16, tags=8):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.refine = nn.Linear(2 * width, 2 * width)
        self.out = nn.Linear(2 * width, tags)

    def forward(self, ids: torch.Tensor, rounds: torch.Tensor) -> torch.Tensor:
        x, _state = self.lstm(self.embedding(ids))
        for _round in range(int(rounds)):
            x = torch.tanh(self.refine(x))
        if int(rounds) > 2:
            x = x * 0.5
        else:
            x = torch.relu(x)
        return self.out(x)


def torchscript(path, model, args, opset, **names):
    torch.onnx.export(model, args, path, dynamo=False, opset_version=opset, **names)


def dynamo(path, model, args, opset, dynamic_shapes, input_names=None, output_names=None):
    torch.onnx.export(
        model, args, path, dynamo=True, opset_version=opset, dynamic_shapes=dynamic_shapes,
        input_names=input_names, output_names=output_names, external_data=False, optimize=True,
    )  # fmt: skip


def mobilenet_v3_small(path):
    model = torchvision.models.mobilenet_v3_small(weights=None).eval()
    image = torch.randn(1, 3, 224, 224)
    torchscript(path, model, (image,), 17, input_names=["image"], output_names=["logits"], do_constant_folding=True)


def bert_2layer(path):
    model = Bert(num_hidden_layers=2, attn_implementation="sdpa").eval()
    ids = torch.randint(0, 1000, (2, 16))
    batch, seq = torch.export.Dim("batch"), torch.export.Dim("seq", max=512)
    dynamo(path, model, (ids, torch.ones_like(ids)), 20, ({0: batch, 1: seq}, {0: batch, 1: seq}))


def bert_tiny(path):
    model = Bert(
        vocab_size=64, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=128, attn_implementation="eager",
    ).eval()  # fmt: skip
    ids = torch.randint(0, 64, (1, 8))
    torchscript(
        path, model, (ids, torch.ones_like(ids)), 17, input_names=["input_ids", "attention_mask"],
        output_names=["last_hidden_state"], do_constant_folding=False,
        dynamic_axes={"input_ids": {0: "batch", 1: "seq"}, "attention_mask": {0: "batch", 1: "seq"}},
    )  # fmt: skip


def llama_2layer_gqa_kv(path):
    layers, heads, head_size = 2, 4, 64
    model = LlamaStep(
        vocab_size=32000, hidden_size=1024, intermediate_size=2816, num_hidden_layers=layers,
        num_attention_heads=16, num_key_value_heads=heads, attn_implementation="sdpa",
    ).eval()  # fmt: skip
    batch, seq, past = 2, 3, 5
    ids = torch.randint(0, 1000, (batch, seq))
    mask = torch.ones(batch, past + seq, dtype=torch.int64)
    positions = torch.arange(past, past + seq).expand(batch, seq).contiguous()
    cache = [torch.randn(batch, heads, past, head_size) for _ in range(2 * layers)]
    # Names, not Dims: the exporter finds by itself that the mask is as long as past and seq together.
    ids_dims = {0: "batch", 1: "seq"}
    shapes = (ids_dims, {0: "batch", 1: "total"}, ids_dims, [{0: "batch", 2: "past"} for _ in cache])
    pairs = [f"{{}}.{i}.{kind}" for i in range(layers) for kind in ("key", "value")]
    dynamo(
        path, model, (ids, mask, positions, cache), 20, shapes,
        ["input_ids", "attention_mask", "position_ids", *(p.format("past") for p in pairs)],
        ["logits", *(p.format("present") for p in pairs)],
    )  # fmt: skip


def tagger_loop_if(path):
    model = torch.jit.script(Tagger().eval())
    ids = torch.randint(0, 200, (2, 12))
    torchscript(
        path, model, (ids, torch.tensor(3)), 17, input_names=["ids", "rounds"], output_names=["tags"],
        dynamic_axes={"ids": {0: "batch", 1: "seq"}, "tags": {0: "batch", 1: "seq"}},
    )  # fmt: skip


# Name: exporting function, and whether the weights stay in the file.
MODELS = {
    "mobilenet_v3_small": (mobilenet_v3_small, False),
    "bert_2layer": (bert_2layer, False),
    "bert_tiny": (bert_tiny, True),
    "llama_2layer_gqa_kv": (llama_2layer_gqa_kv, False),
    "tagger_loop_if": (tagger_loop_if, True),
}


def all_tensors(graph):
    """Initializers and tensor attributes of a graph and of the graphs inside it."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            if attribute.HasField("g"):
                yield from all_tensors(attribute.g)


def strip_weights(model, data_file):
    offset = 0
    for tensor in all_tensors(model.graph):
        size = len(onnx.numpy_helper.to_array(tensor).tobytes())
        if tensor.data_type not in FLOATS or size <= STRIP_ABOVE_BYTES:
            continue
        for field in ("raw_data", "float_data", "int32_data", "double_data"):
            tensor.ClearField(field)
        tensor.data_location = TensorProto.EXTERNAL
        entries = {"location": data_file, "offset": str(offset), "length": str(size)}
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=value)
        offset += -(-size // 64) * 64


def drop_machine_traces(graph):
    for holder in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        kept = [p for p in holder.metadata_props if p.key in KEPT_METADATA]
        del holder.metadata_props[:]
        holder.metadata_props.extend(kept)
    for node in graph.node:
        node.ClearField("doc_string")
        for attribute in node.attribute:
            if attribute.HasField("g"):
                drop_machine_traces(attribute.g)


def export(name):
    make, whole = MODELS[name]
    torch.manual_seed(0)
    path = HERE / f"{name}.onnx"
    with torch.no_grad():
        make(str(path))
    model = onnx.load(str(path))
    onnx.checker.check_model(model)
    drop_machine_traces(model.graph)
    if not whole:
        strip_weights(model, f"{name}.onnx.data")
    path.write_bytes(model.SerializeToString(deterministic=True))
    print(f"{path.name}: {len(model.graph.node)} nodes, {path.stat().st_size} bytes, torch {torch.__version__}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help=f"which of {', '.join(MODELS)} (default: all)")
    names = parser.parse_args().name or list(MODELS)
    if unknown := set(names) - set(MODELS):
        sys.exit(f"no such model: {', '.join(sorted(unknown))}; there are {', '.join(MODELS)}")
    for name in names:
        export(name)


if __name__ == "__main__":
    main()
