"""The single-operator models that flops_peers.py compares: ONNX node, operands, and the same computation in torch.

An operand's value is its shape (float32 graph input), ("weight", shape) for an initializer, or ("int64", [values]) for a
constant. `torch` gets one tensor per operand that is no constant, in order; `module` builds what thop can count.
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Case:
    name: str  # "Conv 3x3, 64 to 64 channels, bias"; starts with the operator
    inputs: dict
    outputs: list
    attrs: dict = field(default_factory=dict)
    domain: str = ""
    torch: object = None  # function of the operands
    module: object = None  # () -> (nn.Module, example inputs)

    @property
    def op(self):
        return self.name.split()[0]


def weight(*shape):
    return ("weight", shape)


def ints(*values):
    return ("int64", list(values))


def unary(op, torch_function, module=None, shape=(8, 64, 28, 28), **attrs):
    one = None if module is None else lambda: (module(), [torch.randn(shape)])
    return Case(f"{op} 8x64x28x28", {"X": shape}, ["Y"], attrs, torch=torch_function, module=one)


def binary(op, torch_function):
    shape = (8, 64, 28, 28)
    return Case(f"{op} 8x64x28x28", {"A": shape, "B": shape}, ["Y"], torch=torch_function)


def attention(q, k, v):
    return F.scaled_dot_product_attention(q, k, v)


def lstm_like(kind, module, gates):
    seq, batch, size, hidden = 32, 4, 64, 128

    def build():
        return module(size, hidden), [torch.randn(seq, batch, size)]

    shapes = {"X": (seq, batch, size), "W": weight(1, gates * hidden, size), "R": weight(1, gates * hidden, hidden),
              "B": weight(1, 2 * gates * hidden)}  # fmt: skip
    attrs = {"hidden_size": hidden} | ({"linear_before_reset": 1} if kind == "GRU" else {})
    return Case(f"{kind} of 32 steps, batch 4, 64 to 128", shapes, ["Y"], attrs,
                torch=lambda *_: module(size, hidden)(torch.randn(seq, batch, size)), module=build)  # fmt: skip


image = (1, 64, 56, 56)
sequence = (4, 128, 256)

CASES = [
    # ---- products
    Case("MatMul of batches", {"A": (8, 128, 64), "B": (8, 64, 256)}, ["Y"], torch=torch.matmul),
    Case("MatMul with a weight", {"A": sequence, "B": weight(256, 512)}, ["Y"], torch=torch.matmul,
         module=lambda: (nn.Linear(256, 512, bias=False), [torch.randn(sequence)])),
    Case("Gemm with bias", {"A": (32, 256), "B": weight(512, 256), "C": weight(512)}, ["Y"], {"transB": 1}, torch=F.linear,
         module=lambda: (nn.Linear(256, 512), [torch.randn(32, 256)])),
    Case("Einsum bij,bjk->bik", {"A": (8, 128, 64), "B": (8, 64, 256)}, ["Y"], {"equation": "bij,bjk->bik"},
         torch=lambda a, b: torch.einsum("bij,bjk->bik", a, b)),
    Case("Attention of 8 heads, 64 queries, 80 keys", {"Q": (2, 8, 64, 32), "K": (2, 8, 80, 32), "V": (2, 8, 80, 32)}, ["Y"],
         torch=attention),
    # ---- convolutions
    Case("Conv 3x3 with bias", {"X": image, "W": weight(128, 64, 3, 3), "B": weight(128)}, ["Y"],
         {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}, torch=lambda x, w, b: F.conv2d(x, w, b, padding=1),
         module=lambda: (nn.Conv2d(64, 128, 3, padding=1), [torch.randn(image)])),
    Case("Conv 7x7 with stride 2, no bias", {"X": (1, 3, 224, 224), "W": weight(64, 3, 7, 7)}, ["Y"],
         {"kernel_shape": [7, 7], "pads": [3, 3, 3, 3], "strides": [2, 2]},
         torch=lambda x, w: F.conv2d(x, w, padding=3, stride=2),
         module=lambda: (nn.Conv2d(3, 64, 7, padding=3, stride=2, bias=False), [torch.randn(1, 3, 224, 224)])),
    Case("Conv depthwise 3x3", {"X": image, "W": weight(64, 1, 3, 3)}, ["Y"],
         {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "group": 64},
         torch=lambda x, w: F.conv2d(x, w, padding=1, groups=64),
         module=lambda: (nn.Conv2d(64, 64, 3, padding=1, groups=64, bias=False), [torch.randn(image)])),
    Case("Conv of one dimension", {"X": (4, 80, 300), "W": weight(128, 80, 3)}, ["Y"], {"kernel_shape": [3]},
         torch=F.conv1d, module=lambda: (nn.Conv1d(80, 128, 3, bias=False), [torch.randn(4, 80, 300)])),
    Case("ConvTranspose 4x4 with stride 2", {"X": (1, 64, 28, 28), "W": weight(64, 32, 4, 4)}, ["Y"],
         {"kernel_shape": [4, 4], "strides": [2, 2], "pads": [1, 1, 1, 1]},
         torch=lambda x, w: F.conv_transpose2d(x, w, stride=2, padding=1),
         module=lambda: (nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1, bias=False), [torch.randn(1, 64, 28, 28)])),
    # ---- recurrent
    lstm_like("LSTM", nn.LSTM, 4),
    lstm_like("GRU", nn.GRU, 3),
    lstm_like("RNN", nn.RNN, 1),
    # ---- elementwise
    binary("Add", torch.add),
    binary("Sub", torch.sub),
    binary("Mul", torch.mul),
    binary("Div", torch.div),
    binary("Pow", torch.pow),
    binary("Max", torch.maximum),
    unary("Relu", F.relu, nn.ReLU),
    unary("LeakyRelu", F.leaky_relu, nn.LeakyReLU, alpha=0.01),
    unary("Sigmoid", torch.sigmoid, nn.Sigmoid),
    unary("Tanh", torch.tanh, nn.Tanh),
    unary("Exp", torch.exp),
    unary("Log", torch.log),
    unary("Sqrt", torch.sqrt),
    unary("Abs", torch.abs),
    unary("Neg", torch.neg),
    unary("Erf", torch.erf),
    unary("Gelu", F.gelu, nn.GELU),
    unary("HardSwish", F.hardswish, nn.Hardswish),
    unary("Elu", F.elu, nn.ELU),
    Case("Clip between constants", {"X": (8, 64, 28, 28), "low": ("float32", 0.0), "high": ("float32", 6.0)}, ["Y"],
         torch=lambda x: torch.clamp(x, 0, 6), module=lambda: (nn.ReLU6(), [torch.randn(8, 64, 28, 28)])),
    # ---- normalisation
    Case("Softmax of rows of 256", {"X": sequence}, ["Y"], {"axis": -1}, torch=lambda x: F.softmax(x, -1),
         module=lambda: (nn.Softmax(-1), [torch.randn(sequence)])),
    Case("LogSoftmax of rows of 256", {"X": sequence}, ["Y"], {"axis": -1}, torch=lambda x: F.log_softmax(x, -1)),
    Case("LayerNormalization of rows of 256", {"X": sequence, "Scale": weight(256), "B": weight(256)}, ["Y"], {"axis": -1},
         torch=lambda x, w, b: F.layer_norm(x, (256,), w, b), module=lambda: (nn.LayerNorm(256), [torch.randn(sequence)])),
    Case("BatchNormalization of 64 channels", {"X": image, "scale": weight(64), "B": weight(64), "mean": weight(64),
         "var": weight(64)}, ["Y"], torch=lambda x, w, b, m, v: F.batch_norm(x, m, v.abs(), w, b),
         module=lambda: (nn.BatchNorm2d(64).eval(), [torch.randn(image)])),
    Case("InstanceNormalization of 64 channels", {"X": image, "scale": weight(64), "B": weight(64)}, ["Y"],
         torch=lambda x, w, b: F.instance_norm(x, weight=w, bias=b),
         module=lambda: (nn.InstanceNorm2d(64, affine=True), [torch.randn(image)])),
    # ---- pooling, reductions, resizing
    Case("MaxPool 3x3 with stride 2", {"X": image}, ["Y"], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},
         torch=lambda x: F.max_pool2d(x, 3, 2, 1), module=lambda: (nn.MaxPool2d(3, 2, 1), [torch.randn(image)])),
    Case("AveragePool 2x2", {"X": image}, ["Y"], {"kernel_shape": [2, 2], "strides": [2, 2]},
         torch=lambda x: F.avg_pool2d(x, 2), module=lambda: (nn.AvgPool2d(2), [torch.randn(image)])),
    Case("GlobalAveragePool", {"X": image}, ["Y"], torch=lambda x: F.adaptive_avg_pool2d(x, 1),
         module=lambda: (nn.AdaptiveAvgPool2d(1), [torch.randn(image)])),
    Case("ReduceSum over the last axis", {"X": sequence, "axes": ints(-1)}, ["Y"], torch=lambda x: x.sum(-1)),
    Case("ReduceMean over the last axis", {"X": sequence, "axes": ints(-1)}, ["Y"], torch=lambda x: x.mean(-1)),
    Case("ReduceMax over the last axis", {"X": sequence, "axes": ints(-1)}, ["Y"], torch=lambda x: x.amax(-1)),
    Case("Resize nearest, twice the size", {"X": image, "roi": None, "scales": ("float32", [1.0, 1.0, 2.0, 2.0])}, ["Y"],
         {"mode": "nearest"}, torch=lambda x: F.interpolate(x, scale_factor=2),
         module=lambda: (nn.Upsample(scale_factor=2), [torch.randn(image)])),
    Case("Resize linear, twice the size", {"X": image, "roi": None, "scales": ("float32", [1.0, 1.0, 2.0, 2.0])}, ["Y"],
         {"mode": "linear"}, torch=lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
         module=lambda: (nn.Upsample(scale_factor=2, mode="bilinear"), [torch.randn(image)])),
    # ---- movement
    Case("Transpose", {"X": sequence}, ["Y"], {"perm": [0, 2, 1]}, torch=lambda x: x.transpose(1, 2).contiguous()),
    Case("Concat along the last axis", {"A": sequence, "B": sequence}, ["Y"], {"axis": -1}, torch=lambda a, b: torch.cat([a, b], -1)),
    Case("Gather of 512 rows", {"T": weight(1000, 64), "I": ints(*range(512))}, ["Y"],
         torch=lambda t: F.embedding(torch.arange(512), t), module=lambda: (nn.Embedding(1000, 64), [torch.arange(512)])),
    Case("Reshape", {"X": sequence, "shape": ints(4, -1)}, ["Y"], torch=lambda x: x.reshape(4, -1)),
]
