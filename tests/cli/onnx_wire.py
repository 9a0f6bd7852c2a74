"""ONNX messages as bytes, by hand: the hostile files must say things that no proper library would write.

Names may be str or bytes. Field numbers: onnx.proto3 of ONNX 1.23.
"""

FLOAT, INT64, BOOL = 1, 7, 9


def varint(value):
    value &= 2**64 - 1  # protobuf writes negative numbers as 64-bit two's complement
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def many(field, values):
    return b"".join(data(field, value) for value in values)


def value_info(name, dims=(2, 3), dtype=FLOAT):
    """dims: numbers, or names of free dimensions; None for no shape at all."""
    shape = b""
    if dims is not None:
        shape = data(2, b"".join(data(1, number(1, d) if isinstance(d, int) else data(2, d)) for d in dims))
    return data(1, name) + data(2, data(1, number(1, dtype) + shape))


def tensor(name, dims, raw=None, dtype=FLOAT, external=None):
    out = b"".join(number(1, d) for d in dims) + number(2, dtype) + data(8, name)
    if raw is not None:
        out += data(9, raw)
    if external is not None:
        out += b"".join(data(13, data(1, key) + data(2, value)) for key, value in external.items()) + number(14, 1)
    return out


def graph_attribute(name, graph):
    return data(1, name) + data(6, graph) + number(20, 5)


def int_attribute(name, value):
    return data(1, name) + number(3, value) + number(20, 2)


def ints_attribute(name, values):
    return data(1, name) + b"".join(number(8, v) for v in values) + number(20, 7)


def node(op, inputs, outputs, name="", domain="", attributes=()):
    out = many(1, inputs) + many(2, outputs) + data(3, name) + data(4, op) + many(5, attributes)
    return out + (data(7, domain) if domain else b"")


def graph(nodes, inputs=(), outputs=(), initializers=(), name="graph"):
    return many(1, nodes) + data(2, name) + many(5, initializers) + many(11, inputs) + many(12, outputs)


def model(graph_bytes, opset=17, ir_version=8, domains=()):
    imports = [number(2, opset)] + [data(1, domain) + number(2, 1) for domain in domains]
    return number(1, ir_version) + data(2, "hostile") + data(7, graph_bytes) + many(8, imports)
