"""Files that a careless or ill-meaning hand could give to costscan. Each function here makes one: `{hostile:NAME}` in a case.

A function gets the folder to write to and the bundled models' folder, and returns the path to hand to the command (a
model.onnx by default, from the bytes that it returns).
"""

import random

import onnx_wire as w

X, Y = w.value_info("x"), w.value_info("y")


def relu_model(x=X, y=Y, **more):
    return w.model(w.graph([w.node("Relu", ["x"], ["y"], "relu")], [x], [y], **more))


def good(folder, models):
    return relu_model()


def empty(folder, models):
    return b""


def text(folder, models):
    return b"This is no model. It only has the name of one.\n" * 20


def zeros(folder, models):
    return bytes(4096)


def directory(folder, models):
    path = folder / "folder.onnx"
    path.mkdir()
    return path


def truncated_header(folder, models):
    return (models / "bert_tiny.onnx").read_bytes()[:7]


def truncated_half(folder, models):
    whole = (models / "bert_tiny.onnx").read_bytes()
    return whole[: len(whole) // 2]


def truncated_last_byte(folder, models):
    return (models / "bert_tiny.onnx").read_bytes()[:-1]


def flipped(name, seed, flips):
    """One bundled model with `flips` random bits turned over; a hundred files, by seed."""

    def make(folder, models):
        data = bytearray((models / name).read_bytes())
        chosen = random.Random(seed)
        for _ in range(flips):
            data[chosen.randrange(len(data))] ^= 1 << chosen.randrange(8)
        return bytes(data)

    return make


def cycle(folder, models):
    nodes = [w.node("Add", ["x", "b"], ["a"], "first"), w.node("Relu", ["a"], ["b"], "second")]
    return w.model(w.graph([*nodes, w.node("Relu", ["b"], ["y"], "third")], [X], [Y]))


def self_cycle(folder, models):
    return w.model(w.graph([w.node("Add", ["x", "y"], ["y"], "loop_back")], [X], [Y]))


def duplicate_output(folder, models):
    nodes = [w.node("Relu", ["x"], ["y"], "first"), w.node("Abs", ["x"], ["y"], "second")]
    return w.model(w.graph(nodes, [X], [Y]))


def duplicate_initializer(folder, models):
    twice = [w.tensor("w", [1], b"\0" * 4), w.tensor("w", [1], b"\1" * 4)]
    return w.model(w.graph([w.node("Add", ["x", "w"], ["y"], "add")], [X], [Y], twice))


def output_shadows_input(folder, models):
    return w.model(w.graph([w.node("Relu", ["x"], ["x"], "shadow")], [X], [X]))


def undefined_input(folder, models):
    return w.model(w.graph([w.node("Add", ["x", "nowhere"], ["y"], "lost")], [X], [Y]))


def undefined_graph_output(folder, models):
    return w.model(w.graph([w.node("Relu", ["x"], ["z"], "relu")], [X], [Y]))


def no_graph(folder, models):
    return w.number(1, 8) + w.data(8, w.number(2, 17))


def no_opset(folder, models):
    return w.number(1, 8) + w.data(7, w.graph([w.node("Relu", ["x"], ["y"], "relu")], [X], [Y]))


def overflowing_dims(folder, models):
    dims = [2**32, 2**32, 2**10]
    return relu_model(w.value_info("x", dims), w.value_info("y", dims))


def overflowing_product(folder, models):
    """Each tensor's bytes fit 63 bits, the operations of the MatMul do not."""
    a, b = w.value_info("a", [2**25, 2**24]), w.value_info("b", [2**24, 2**25])
    return w.model(w.graph([w.node("MatMul", ["a", "b"], ["y"], "huge")], [a, b], [w.value_info("y", None)]))


def overflowing_weight(folder, models):
    big = w.tensor("w", [2**40, 2**40], b"\0" * 4)
    return w.model(w.graph([w.node("Add", ["x", "w"], ["y"], "add")], [X], [Y], [big]))


def negative_dims(folder, models):
    return relu_model(w.value_info("x", [-5, 3]), w.value_info("y", [-5, 3]))


def negative_weight_dims(folder, models):
    return w.model(w.graph([w.node("Add", ["x", "w"], ["y"], "add")], [X], [Y], [w.tensor("w", [-3], b"\0" * 12)]))


def weight_of_wrong_size(folder, models):
    return w.model(w.graph([w.node("Add", ["x", "w"], ["y"], "add")], [X], [Y], [w.tensor("w", [3], b"\0" * 5)]))


def huge_constant_of_shape(folder, models):
    shape = w.tensor("s", [2], (2**40).to_bytes(8, "little") + (2**40).to_bytes(8, "little"), w.INT64)
    return w.model(w.graph([w.node("ConstantOfShape", ["s"], ["y"], "fill")], [], [w.value_info("y", None)], [shape]))


def external(location, length=None, offset=None):
    def make(folder, models):
        where = {"location": location}
        if offset is not None:
            where["offset"] = str(offset)
        if length is not None:
            where["length"] = str(length)
        weight = w.tensor("w", [64, 64], external=where)
        (folder / "short.bin").write_bytes(b"\0" * 100)
        (folder.parent / "outside.bin").write_bytes(b"\0" * 64 * 64 * 4)
        product = w.node("MatMul", ["x", "w"], ["y"], "dense")
        x, y = w.value_info("x", [2, 64]), w.value_info("y", [2, 64])
        return w.model(w.graph([product], [x], [y], [weight]))

    return make


def external_through_link(folder, models):
    (folder / "link.bin").symlink_to(folder.parent / "outside.bin")
    return external("link.bin")(folder, models)


def unknown_domain(folder, models):
    nodes = [w.node("Frobnicate", ["x"], ["a"], "strange", "com.example"), w.node("Relu", ["a"], ["y"], "relu")]
    return w.model(w.graph(nodes, [X], [Y]), domains=["com.example"])


def unknown_op(folder, models):
    return w.model(w.graph([w.node("Frobnicate", ["x"], ["y"], "strange")], [X], [Y]))


def deep(levels):
    """If in If in If ...: stresses whatever walks subgraphs by recursion."""

    def make(folder, models):
        y = w.value_info("y0", (2, 3))
        inner = w.graph([w.node("Relu", ["x"], ["y0"], "innermost")], [], [y], name="g0")
        for level in range(1, levels + 1):
            branches = [w.graph_attribute(branch, inner) for branch in ("then_branch", "else_branch")]
            if level > 4:  # both branches at the innermost levels only: the file would double with each
                flat = w.graph([w.node("Relu", ["x"], ["f"], "flat")], [], [w.value_info("f")], name="flat")
                branches[1] = w.graph_attribute("else_branch", flat)
            out = "y" if level == levels else f"y{level}"
            choice = w.node("If", ["c"], [out], f"if{level}", attributes=branches)
            if level < levels:
                inner = w.graph([choice], [], [w.value_info(out)], name=f"g{level}")
        return w.model(w.graph([choice], [X, w.value_info("c", [], w.BOOL)], [Y]))

    return make


def long_name(folder, models):
    return w.model(w.graph([w.node("Relu", ["x"], ["y"], "n" * 10_000_000)], [X], [Y]))


def long_tensor_name(folder, models):
    name = "t" * 10_000_000
    nodes = [w.node("Relu", ["x"], [name], "first"), w.node("Relu", [name], ["y"], "second")]
    return w.model(w.graph(nodes, [X], [Y]))


def long_op_type(folder, models):
    return w.model(w.graph([w.node("O" * 10_000_000, ["x"], ["y"], "op")], [X], [Y]))


def non_utf8_name(folder, models):
    return w.model(w.graph([w.node("Relu", ["x"], ["y"], b"caf\xe9 \xff\xfe")], [X], [Y]))


def control_characters(folder, models):
    name = 'a"b,c\n\x1b[31mred\x00end<script>'
    return w.model(w.graph([w.node("Relu", ["x"], ["y"], name)], [X], [Y]))


def no_shape(folder, models):
    return relu_model(w.value_info("x", None), w.value_info("y", None))


def contradicting_shapes(folder, models):
    a, b = w.value_info("a", [2, 3]), w.value_info("b", [4, 5])
    return w.model(w.graph([w.node("MatMul", ["a", "b"], ["y"], "mismatch")], [a, b], [w.value_info("y", None)]))


def bad_attribute(folder, models):
    """A convolution whose stride is zero and whose kernel is negative."""
    attributes = [w.ints_attribute("strides", [0, 0]), w.ints_attribute("kernel_shape", [-1, 3])]
    conv = w.node("Conv", ["x", "k"], ["y"], "conv", attributes=attributes)
    x, k = w.value_info("x", [1, 3, 8, 8]), w.value_info("k", [4, 3, 3, 3])
    return w.model(w.graph([conv], [x, k], [w.value_info("y", None)]))


def future_opset(folder, models):
    return w.model(w.graph([w.node("Relu", ["x"], ["y"], "relu")], [X], [Y]), opset=9999)


def free_batch(folder, models):
    return relu_model(w.value_info("x", ["batch", 3]), w.value_info("y", ["batch", 3]))


def cache(folder, models):
    """A past and a new part are joined and masked; the mask's length has a name of its own."""
    dims = {"past_keys": "past", "keys": "seq", "mask": "total"}
    past, new, mask = (w.value_info(name, [dim, 4]) for name, dim in dims.items())
    concat = w.node("Concat", ["past_keys", "keys"], ["all"], "concat", attributes=[w.int_attribute("axis", 0)])
    masked = w.node("Add", ["all", "mask"], ["y"], "masked")
    return w.model(w.graph([concat, masked], [past, new, mask], [w.value_info("y", None)]))


def computed_dim(folder, models):
    """Only the output has a free dimension by name; what it is follows from the inputs."""
    past, new = w.value_info("past_keys", ["past", 4]), w.value_info("keys", ["seq", 4])
    concat = w.node("Concat", ["past_keys", "keys"], ["all"], "concat", attributes=[w.int_attribute("axis", 0)])
    return w.model(w.graph([concat], [past, new], [w.value_info("all", ["total", 4])]))



def source_file(name, content):
    """A C or C++ file for `costscan source`."""

    def make(folder, models):
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


FILES = {name: f for name, f in globals().copy().items() if callable(f) and getattr(f, "__module__", "") == __name__}
for helper in ("relu_model", "flipped", "external", "deep", "source_file"):
    del FILES[helper]
FILES |= {f"flipped_{seed}": flipped("bert_tiny.onnx", seed, 1 + seed % 5) for seed in range(100)}
FILES |= {f"flipped_loop_{seed}": flipped("tagger_loop_if.onnx", seed, 1 + seed % 5) for seed in range(100)}
FILES |= {
    "external_absolute": external("/etc/passwd"),
    "external_parent": external("../outside.bin"),
    "external_hidden_parent": external("sub/../../outside.bin"),
    "external_missing": external("absent.bin"),
    "external_short": external("short.bin"),
    "external_offset_past_end": external("short.bin", length=16384, offset=10**12),
    "external_negative_offset": external("short.bin", length=16384, offset=-1),
    "external_offset_overflow": external("short.bin", length=2**63 - 1, offset=2**63 - 1),
    "external_length_no_number": external("short.bin", length="many"),
    "external_empty_location": external(""),
    "source_undeclared": source_file("undeclared.cpp", "int f() {\n  return missing + 3;\n}\n" * 9),
    "source_no_include": source_file("include.c", '#include "nowhere.h"\n'),
    "source_empty": source_file("empty.cpp", b""),
    "source_no_function": source_file("comment.cpp", "// nothing here\nint n;\n"),
    "source_binary": source_file("binary.cpp", bytes(range(256)) * 64),
    "source_parentheses": source_file("deep.cpp", f"int f() {{ return {'(' * 10000}1{')' * 10000}; }}\n"),
    "source_signs": source_file("signs.cpp", f"float f(float a) {{ return {'- ' * 5000}a; }}\n"),
    "source_many_signs": source_file("many_signs.cpp", f"float f(float a) {{ return {'- ' * 400000}a; }}\n"),
    "source_needs_define": source_file("needs.cpp", "void f(float* x) { for (int i = 0; i < N; ++i) x[i] = 0; }\n"),
    "source_name": source_file('\u00e4 "b" $(c);\n.cpp', "void f(float* x, int n) { x[n] = 1; }\n"),
    "source_escape": source_file("escape.cpp", "int f() { return \x1b[31m; }\n"),
    "source_recursive": source_file("self.cpp", "int f(int n) { return n < 2 ? 1 : n * f(n - 1); }\n"),
    "source_trips": source_file(
        "trips.cpp",
        "float f(const float* x, long n) {\n  float s = x[0];\n  for (long i = 0; i < n; ++i)\n"
        "    for (long j = 0; j < n; ++j) s = x[j] > s ? x[j] : s;\n  return s;\n}\n"),
    "source_bad_effects": source_file("effects.yaml", "mul_tiles:\n  writes: {a: 1}\n"),
    "deep_100": deep(100),
    "deep_5000": deep(5000),
}


def make(name, folder, models):
    """Writes the file of that name below `folder`, a new folder, and returns its path."""
    content = FILES[name](folder, models)
    if not isinstance(content, bytes):
        return content
    path = folder / f"{name}.onnx"
    path.write_bytes(content)
    return path
