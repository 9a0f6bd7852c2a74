"""Drawn graphs of shape arithmetic, views, transposes, casts and elementwise operators, with the clutter of exporters."""

import random

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Drawn:
    """A graph of up to a few dozen nodes over x [N, M, 4] and z [N, M, 4], with the clutter that exporters leave."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.nodes, self.constants, self.count = [], [], 0
        # name → symbolic shape
        self.values = {"x": ["N", "M", 4], "z": ["N", "M", 4]}

    def name(self):
        self.count += 1
        return f"v{self.count}"

    def constant(self, array):
        name = self.name()
        if self.draw.random() < 0.5:
            self.constants.append(numpy_helper.from_array(array, name))
        else:
            self.nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array)))
        return name

    def ints(self, *numbers):
        return self.constant(np.array(numbers, np.int64))

    def node(self, op, inputs, shape, **attributes):
        name = self.name()
        self.nodes.append(helper.make_node(op, inputs, [name], name=f"n{self.count}", **attributes))
        if shape is not None:
            self.values[name] = shape
        return name

    def pick(self, fits=lambda shape: True):
        return self.draw.choice([name for name, shape in self.values.items() if fits(shape)])

    def extent(self, value, axis):
        """The size of an axis the long way round."""
        shape = self.node("Shape", [value], None)
        index = self.constant(np.array(axis, np.int64))
        picked = self.node("Gather", [shape, index], None, axis=0)
        return self.node("Unsqueeze", [picked, self.ints(0)], None)

    def operand(self, value):
        """The value's own shape as a chain of nodes, part constant."""
        shape = self.values[value]
        parts = [self.ints(dim) if isinstance(dim, int) and self.draw.random() < 0.7 else self.extent(value, axis)
                 for axis, dim in enumerate(shape)]
        return self.node("Concat", parts, None, axis=0)

    def step(self):
        kind = self.draw.choice(["unary", "binary", "transpose", "transpose", "same_reshape", "split_merge", "identity",
                                 "cast", "expand", "scale", "slice", "repeat", "concat", "squeeze", "dead"])
        value = self.pick(lambda shape: len(shape) == 3)
        shape = self.values[value]
        if kind == "unary":
            self.node(self.draw.choice(["Relu", "Neg", "Abs", "Sigmoid", "Identity"]), [value], shape)
        elif kind == "binary":
            other = self.pick(lambda dims: dims == shape)
            self.node(self.draw.choice(["Add", "Mul", "Sub", "Max"]), [value, other], shape)
        elif kind == "transpose":
            perm = self.draw.sample(range(3), 3)
            self.node("Transpose", [value], [shape[axis] for axis in perm], perm=perm)
        elif kind == "same_reshape":
            self.node("Reshape", [value, self.operand(value)], shape)
        elif kind == "split_merge" and shape[2] == 4:
            wide = self.node("Reshape", [value, self.node(
                "Concat", [self.extent(value, 0), self.extent(value, 1), self.ints(2, 2)], None, axis=0)], None)
            self.node("Reshape", [wide, self.ints(0, 0, -1)], shape)
        elif kind == "identity":
            self.node("Identity", [value], shape)
        elif kind == "cast":
            wide = self.node("Cast", [value], None, to=TensorProto.DOUBLE)
            self.node("Cast", [wide], shape, to=TensorProto.FLOAT)
        elif kind == "expand":
            self.node("Expand", [value, self.operand(value)], shape)
        elif kind == "scale":
            number = self.draw.choice([1.0, 0.0, 2.0, -0.0])
            other = self.constant(np.array(number, np.float32))
            self.node(self.draw.choice(["Add", "Mul", "Sub", "Div"]), [value, other], shape)
        elif kind == "slice":
            end = self.draw.choice([2**63 - 1, 2**31 - 1, 3])
            if end == 3:
                return
            self.node("Slice", [value, self.ints(0), self.ints(end), self.ints(self.draw.randrange(3))], shape)
        elif kind == "repeat":
            for node in list(self.nodes)[-6:]:
                if node.op_type in ("Relu", "Add", "Transpose", "Shape", "Gather") and node.output[0] in self.values:
                    copy = onnx.NodeProto()
                    copy.CopyFrom(node)
                    copy.output[0] = self.name()
                    self.nodes.append(copy)
                    self.values[copy.output[0]] = self.values[node.output[0]]
                    return
        elif kind == "concat":
            self.node("Concat", [value], shape, axis=self.draw.randrange(3))
        elif kind == "squeeze":
            wide = self.node("Unsqueeze", [value, self.ints(self.draw.randrange(4))], None)
            del wide
        elif kind == "dead":
            self.node("Exp", [value], None)

    def model(self):
        for _ in range(self.draw.randrange(8, 30)):
            self.step()
        outputs = self.draw.sample([name for name in self.values if name not in ("x", "z")],
                                   k=min(6, len(self.values) - 2))
        symbols = {"N": "N", "M": "M"}
        info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [symbols.get(d, d) for d in self.values[name]])
                for name in ("x", "z")]
        outs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [symbols.get(d, d) for d in self.values[name]])
                for name in outputs]
        graph = helper.make_graph(self.nodes, "drawn", info, outs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.draw.choice([13, 17, 21]))])
        model.ir_version = 9
        return model
