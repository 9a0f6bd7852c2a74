"""Odd but legal models through `costscan optimize`: old IR versions, defaults that callers override, functions, bodies that
read outer tensors, weights in other files, sequences and optionals, names that repeat or are missing, quantised layers.

usage: optimize_odd.py --command COSTSCAN [--only NAME]...
To add a case: an entry of CASES, a model as ONNX's text and what it is fed; `options` are given to the command.
Checked for `--passes default` and `all`: exit code 0, no dropped change, ONNX's checker, inputs and outputs as before,
ONNX Runtime's outputs (the same bits, unless a pass with a bound fired), nothing left for a second run.
Exit code 1: one of them does not hold; 77: packages are missing.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))
try:
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper, parser
    from onnx_models import checker_fault, difference, same_bits, session_of
except ImportError as missing:
    print(f"SKIP: {missing} (scripts/requirements-test.txt lists the packages)")
    sys.exit(77)
from common import Failed, report_of

X = np.arange(1, 7, dtype=np.float32).reshape(2, 3) - 3


@dataclass
class Case:
    text: str
    feeds: list = field(default_factory=lambda: [{"x": X}])
    header: str = 'ir_version: 8, opset_import: ["" : 17]'
    options: tuple = ()
    functions: str = ""
    change: object = None  # what cannot be said in the text: called with the model
    fewer: bool = True  # some node has to go
    interface: bool = True  # inputs and outputs stay as they are
    external: bool = False  # weights go to a file of their own


def unnamed(model):
    for node in model.graph.node:
        node.name = ""


def one_name_for_all(model):
    for node in model.graph.node:
        node.name = "the one"


def strange_names(model):
    for number, node in enumerate(model.graph.node):
        node.name = f"a 'b' \"c\"\n/{number}\u00e9\u202e"
        for names in (node.input, node.output):
            names[:] = [each if each in ("x", "y", "") else each + " ä/\\;'" for each in names]
    for tensor in model.graph.initializer:
        tensor.name += " ä/\\;'"


def sparse_weight(model):
    values = numpy_helper.from_array(np.array([2.0, 5.0], np.float32), "w")
    places = numpy_helper.from_array(np.array([0, 4], np.int64), "w_places")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [2, 3]))


def sequences(model):
    part = helper.make_tensor_type_proto(onnx.TensorProto.FLOAT, None)
    model.graph.output.append(helper.make_value_info("s", helper.make_sequence_type_proto(part)))


def annotated(model):
    for node in model.graph.node:
        node.doc_string = "why " + node.op_type
        node.metadata_props.add(key="source", value=node.op_type)
    model.metadata_props.add(key="author", value="a test")
    model.doc_string = "a model"
    model.model_version = 7


def output_twice(model):
    model.graph.output.append(model.graph.output[0])


CHAIN = """ { s = Shape(x) i = Constant<value = int64 {0}>() n = Gather(s, i) o = Constant<value = int64[1] {0}>()
  d = Unsqueeze(n, o) m = Constant<value = int64[1] {-1}>() t = Concat<axis=0>(d, m) a = Identity(x) b = Reshape(a, t)
  c = Relu(b) y = Mul(c, w) }"""

CASES = {
    # Up to IR version 3 every initializer is an input as well: what passes add has to be a Constant node.
    "ir3": Case("g (float[N,3] x, float[3] w) => (float[N,3] y) <float[3] w = {1,2,3}>" + CHAIN,
                [{"x": X}], 'ir_version: 3, opset_import: ["" : 13]'),
    "ir3_folded": Case("""g (float[2,3] x, float[3] w, float[3] v) => (float[2,3] y) <float[3] w = {1,2,3}, float[3] v = {4,5,6}>
      { a = Add(w, v) b = Neg(a) c = Identity(x) y = Mul(c, b) }""", [{"x": X}], 'ir_version: 3, opset_import: ["" : 13]', interface=False),
    "ir3_unused": Case("""g (float[2,3] x, float[3] w) => (float[2,3] y) <float[3] w = {1,2,3}> { a = Neg(x) d = Add(a, w) y = Neg(a) }""",
                       [{"x": X}], 'ir_version: 3, opset_import: ["" : 13]', interface=False),
    # From version 4 on such an initializer is a default, which callers may override.
    "default_overridden": Case("""g (float[2,3] x, float[3] w) => (float[2,3] y) <float[3] w = {1,1,1}>
      { a = Mul(x, w) b = Identity(a) y = Relu(b) }""", [{"x": X}, {"x": X, "w": np.array([4, 5, 6], np.float32)}]),
    "default_fixed": Case("""g (float[2,3] x, float[3] w) => (float[2,3] y) <float[3] w = {1,1,1}>
      { a = Mul(x, w) b = Identity(a) y = Relu(b) }""", options=("--fix-defaults",), interface=False),
    "default_of_a_shape": Case("""g (float[2,3] x, int64[2] w) => (float[M,K] y) <int64[2] w = {3,2}>
      { a = Reshape(x, w) b = Identity(a) y = Relu(b) }""", [{"x": X}, {"x": X, "w": np.array([6, 1], np.int64)}]),
    "specialised": Case("g (float[N,M] x) => (float[N,M] y) <float w = {2}>" + CHAIN, [{"x": X}],
                        options=("--dim", "N=2", "--dim", "M=3", "--specialize"), interface=False),
    "function": Case("""g (float[2,3] x) => (float[2,3] y) { a = Identity(x) b = local.Twice(a) c = local.Twice(a)
      d = Identity(c) y = Add(b, d) }""", header='ir_version: 8, opset_import: ["" : 17, "local" : 1]',
                     functions='<domain: "local", opset_import: ["" : 17]> Twice (x) => (y) { a = Identity(x) y = Add(a, x) }'),
    "branches_read_outer_tensors": Case("""g (float[2,3] x, bool c) => (float[2,3] y) <float[3] w = {1,2,3}, float[3] v = {1,2,3}>
      { a = Identity(x) b = Neg(a) d = Neg(x)
        y = If (c) <then_branch = t () => (float[2,3] p) { p = Add(b, w) }, else_branch = e () => (float[2,3] q) { r = Mul(d, v) q = Sub(r, a) }> }""",
                                        [{"x": X, "c": np.array(flag)} for flag in (False, True)], fewer=False),  # bodies stay as they are
    "branch_that_is_an_outer_tensor": Case("""g (float[2,3] x, bool c) => (float[2,3] y)
      { a = Neg(x) b = Identity(a) u = Exp(x)
        y = If (c) <then_branch = t () => (float[2,3] p) { p = Identity(b) }, else_branch = e () => (float[2,3] q) { q = Identity(x) }> }""",
                                           [{"x": X, "c": np.array(flag)} for flag in (False, True)]),
    "loop_body_reads_outer_tensors": Case("""g (float[2,3] x) => (float[2,3] y) <int64 n = {3}, bool go = {1}, float[3] w = {1,2,3}, float[3] v = {1,2,3}>
      { a = Identity(x) b = Mul(a, w) d = Mul(x, v)
        y = Loop (n, go, b) <body = l (int64 i, bool k, float[2,3] s) => (bool k2, float[2,3] s2) { k2 = Identity(k) r = Add(s, d) s2 = Mul(r, w) }> }"""),
    "bodies_in_bodies": Case("""g (float[2,3] x, bool c) => (float[2,3] y) <int64 n = {2}, bool go = {1}>
      { a = Identity(x) b = Neg(a) e = Neg(x)
        y = Loop (n, go, x) <body = l (int64 i, bool k, float[2,3] s) => (bool k2, float[2,3] s2) { k2 = Identity(k)
          s2 = If (c) <then_branch = t () => (float[2,3] p) { p = Add(s, b) }, else_branch = f () => (float[2,3] q) { q = Mul(s, e) }> }> }""",
                             [{"x": X, "c": np.array(flag)} for flag in (False, True)]),
    "scan": Case("""g (float[2,3] x) => (float[3] z, float[2,3] y) <float[3] zero = {0,0,0}, float[3] w = {1,2,3}>
      { a = Identity(x) v = Identity(w)
        z, y = Scan <num_scan_inputs = 1, body = b (float[3] s, float[3] e) => (float[3] s2, float[3] o) { s2 = Add(s, e) o = Mul(s2, v) }> (zero, a) }"""),
    # Names that a pass would like to give are taken inside a body.
    "names_taken_in_a_body": Case("""g (float[2,3] x, bool c) => (float[2,3] y) <float[3] w = {1,2,3}, float[3] v = {4,5,6}>
      { f = Add(w, v) b = Mul(x, f)
        y = If (c) <then_branch = t () => (float[2,3] f_folded) { f_folded = Add(b, f) }, else_branch = e () => (float[2,3] constant) { constant = Neg(b) }> }""",
                                  [{"x": X, "c": np.array(flag)} for flag in (False, True)]),
    "weights_in_a_file": Case("""g (float[2,3] x) => (float[2,4] y, float[2,4] z) <float[3,4] w = {1,2,3,4,5,6,7,8,9,10,11,12}, float[4] b = {1,2,3,4}>
      { a = Identity(x) m = MatMul(a, w) y = Add(m, b) t = Transpose(w) u = Transpose(t) k = MatMul(x, u) z = Sub(k, b) }""", external=True),
    "sequence": Case("""g (float[2,3] x) => (float[2,6] y) { a = Identity(x) b = Neg(x) q = SequenceConstruct(a, b) s = Identity(q)
      y = ConcatFromSequence<axis=1>(s) }"""),
    "sequence_as_output": Case("""g (float[2,3] x) => (float[2,3] y) { a = Identity(x) b = Neg(x) q = SequenceConstruct(a, b)
      s = Identity(q) i = Constant<value = int64 {1}>() y = SequenceAt(s, i) }""", change=sequences),
    "optional": Case("""g (float[2,3] x) => (float[2,3] y, bool h) { a = Identity(x) o = Optional(a) p = Identity(o) b = OptionalGetElement(p)
      h = OptionalHasElement(p) y = Neg(b) }"""),
    # The runtime refuses this one, and has no kernel for broadcast_of_old: those are only checked.
    "nodes_of_one_name": Case("g (float[N,3] x) => (float[N,3] y) <float[3] w = {1,2,3}>" + CHAIN, [], change=one_name_for_all),
    "nodes_without_names": Case("g (float[N,3] x) => (float[N,3] y) <float[3] w = {1,2,3}>" + CHAIN, change=unnamed),
    "strange_names": Case("g (float[N,3] x) => (float[N,3] y) <float[3] w = {1,2,3}>" + CHAIN, change=strange_names),
    "annotations": Case("g (float[N,3] x) => (float[N,3] y) <float[3] w = {1,2,3}>" + CHAIN, change=annotated),
    "sparse_weight": Case("g (float[2,3] x) => (float[2,3] y) { a = Identity(x) y = Mul(a, w) }", change=sparse_weight),
    "output_is_an_input": Case("g (float[2,3] x) => (float[2,3] x, float[2,3] y) { a = Identity(x) y = Neg(a) }"),
    "output_is_a_copy_of_an_input": Case("g (float[2,3] x) => (float[2,3] z, float[2,3] y) { z = Identity(x) a = Identity(z) y = Neg(a) }"),
    "output_is_a_weight": Case("g (float[2,3] x) => (float[2,3] y, float[3] w) <float[3] w = {1,2,3}> { a = Identity(x) y = Mul(a, w) }"),
    "output_is_a_constant": Case("""g (float[2,3] x) => (float[2,3] y, float[3] k) { k = Constant<value = float[3] {1,2,3}>()
      l = Constant<value = float[3] {1,2,3}>() a = Identity(x) b = Mul(a, l) y = Add(b, k) }"""),
    "outputs_of_one_value": Case("""g (float[2,3] x) => (float[2,3] y, float[2,3] z) { a = Neg(x) b = Neg(x) c = Identity(x) y = Identity(a)
      z = Identity(b) d = Identity(c) }"""),
    "nothing_inside": Case("g (float[N,3] x) => (float[M,3] y) { a = Identity(x) b = Neg(a) y = Concat<axis=0>(b, x) }",
                           [{"x": np.zeros((0, 3), np.float32)}, {"x": X}]),
    "texts": Case("""g (string[2] x) => (string[2] y, string[2] z) <string[1] k = {"a"}>
      { a = Identity(x) y = Identity(a) b = Concat<axis=0>(a) z = Identity(b) }""", [{"x": np.array(["ä", "b"], object)}]),
    "omitted_operands": Case("""g (float[1,1,2,3] x) => (float[1,1,4,6] y) <float top = {2}, float[4] s = {1,1,2,2}>
      { a = Identity(x) c = Clip(a, , top) y = Resize<mode = "nearest">(c, , s) }""", [{"x": X.reshape(1, 1, 2, 3)}]),
    "omitted_results": Case("""g (float[4,1,3] x) => (float[1,1,2] y) <float[1,8,3] w = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24},
      float[1,8,2] r = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}> { a = Identity(x) , y = LSTM<hidden_size = 2>(a, w, r) }""",
                            [{"x": np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 1, 3)}]),
    "drawn_numbers_stay_two": Case("""g (float[2,3] x) => (float[2,3] y) { a = Identity(x) r = RandomNormalLike(a) t = RandomNormalLike(a)
      d = Sub(r, t) e = Abs(d) s = Sign(e) y = Mul(a, s) }"""),
    "quantised": Case("""g (float[1,2,4,4] x) => (float[1,2,4,4] y) <float s = {0.05}, uint8 z = {128}, int8[2,2,1,1] k = {1,-2,3,4}, float[2] ks = {0.1,0.2},
      int8[2] kz = {0,0}, float[2] b = {1,2}> { a = Identity(x) q = QuantizeLinear(a, s, z) d = DequantizeLinear(q, s, z)
      w = DequantizeLinear<axis=0>(k, ks, kz) c = Conv(d, w, b) e = QuantizeLinear(c, s, z) y = DequantizeLinear(e, s, z) }""",
                      [{"x": np.linspace(-3, 3, 32, dtype=np.float32).reshape(1, 2, 4, 4)}]),
    "integer_convolution": Case("""g (uint8[1,1,4,4] x) => (int32[1,1,4,4] y) <uint8 xz = {3}, int8[1,1,1,1] w = {5}, int8 wz = {1}>
      { a = Identity(x) c = ConvInteger(a, w, xz, wz) y = Identity(c) }""", [{"x": np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4)}]),
    "runtime_operators": Case("""g (float[2,3] x) => (float[2,3] y) { a = Identity(x) b = com.microsoft.Gelu(a) c = com.microsoft.Gelu(x)
      y = Add(b, c) }""", header='ir_version: 8, opset_import: ["" : 17, "com.microsoft" : 1]'),
    "broadcast_of_old": Case("""g (float[2,3] x) => (float[2,3] y) <float[2] w = {1,2}> { a = Identity(x) y = Add<axis = 0, broadcast = 1>(a, w) }""",
                             [], header='ir_version: 3, opset_import: ["" : 6]', change=lambda model: ir3_inputs(model)),
    "contrib_rms_norm": Case("""g (float[2,8] x) => (float[2,8] y) <float e = {1e-5}, float[8] w = {1,2,3,4,5,6,7,8}, float two = {2}>
      { s = Pow(x, two) m = ReduceMean<axes = [-1]>(s) a = Add(m, e) r = Sqrt(a) d = Div(x, r) y = Mul(d, w) }""",
                             [{"x": np.linspace(-3, 3, 16, dtype=np.float32).reshape(2, 8)}], options=("--contrib",)),
    "contrib_layer_norm": Case("""g (float[2,8] x) => (float[2,8] y) <float e = {1e-5}, float[8] w = {1,2,3,4,5,6,7,8}, float two = {2}>
      { u = ReduceMean<axes = [-1]>(x) c = Sub(x, u) s = Pow(c, two) m = ReduceMean<axes = [-1]>(s) a = Add(m, e) r = Sqrt(a) d = Div(c, r) y = Mul(d, w) }""",
                               [{"x": np.linspace(-3, 3, 16, dtype=np.float32).reshape(2, 8)}], 'ir_version: 6, opset_import: ["" : 11]',
                               options=("--contrib",)),
    "contrib_gates": Case("""g (float[2,8] x) => (float[2,8] y, float[2,8] z, float[2,8] v) <float r = {1.4142135}, float one = {1}, float half = {0.5},
      float k = {0.044715}, float c = {0.7978846}, float three = {3}>
      { a = Div(x, r) b = Erf(a) d = Add(b, one) e = Mul(x, d) y = Mul(e, half) s = Sigmoid(x) z = Mul(x, s)
        f = Pow(x, three) g1 = Mul(f, k) h = Add(x, g1) i = Mul(h, c) t = Tanh(i) l = Add(t, one) n = Mul(x, half) v = Mul(n, l) }""",
                          [{"x": np.linspace(-3, 3, 16, dtype=np.float32).reshape(2, 8)}], options=("--contrib",)),
}


def ir3_inputs(model):
    for tensor in model.graph.initializer:
        model.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))


def model_of(case):
    model = parser.parse_model(f"<{case.header}>\n{case.text}\n{case.functions}")
    if case.change:
        case.change(model)
    return model


class Oddities:
    def __init__(self, command):
        self.command, self.failures, self.runs = command, [], 0

    def fail(self, name, what):
        self.failures.append(name)
        print(f"  FAILED {name}: {what}")

    def check(self, name, case, passes, folder):
        label = f"{name}, {passes}"
        model = model_of(case)
        source, target, again = (folder / place / f"{name}.onnx" for place in ("source", "target", "again"))
        for place in (source, target, again):
            place.parent.mkdir(exist_ok=True)
        onnx.save(model, source, save_as_external_data=case.external, size_threshold=0, location=f"{name}.bin")
        reports = []
        for start, end, options in ((source, target, case.options), (target, again, ())):
            contrib = tuple(option for option in case.options if option == "--contrib")
            try:
                reports.append(report_of(self.command, "optimize", start, "-o", end, "--passes", passes, *(options or contrib)))
            except Failed as why:
                self.fail(label, str(why))
                return
        self.runs += 1
        for report in reports:
            for defect in report["defects"]:
                self.fail(label, f"a change was dropped: {defect}")
        if case.fewer and reports[0]["after"]["nodes"] >= reports[0]["before"]["nodes"]:
            self.fail(label, f"still {reports[0]['after']['nodes']} nodes")
        left = [each["pass"] for each in reports[1]["passes"] if each["applied"]]
        if left:
            self.fail(label, f"optimised again it changes: {left}")
        exact = all(each["accuracy_class"] == "lossless" for each in reports[0]["passes"] if each["applied"])
        self.check_output(label, case, source, target, exact)

    def check_output(self, label, case, source, target, exact):
        before, after = onnx.load(source), onnx.load(target)
        fault = checker_fault(after)
        # Operators of the runtime's own stand in ONNX's domain without being part of it.
        if fault and "--contrib" not in case.options and not checker_fault(before):
            self.fail(label, "the checker: " + fault)
        if case.interface and ([*before.graph.input], [*before.graph.output]) != ([*after.graph.input], [*after.graph.output]):
            self.fail(label, "inputs or outputs are not what they were")
        if [*before.metadata_props] != [*after.metadata_props] or [*before.functions] != [*after.functions]:
            self.fail(label, "metadata or functions are not what they were")
        if not case.feeds:
            return
        first, second = session_of(source), session_of(target)
        for feeds in case.feeds:
            names = {given.name for given in [*second.get_inputs(), *second.get_overridable_initializers()]}
            expected, got = first.run(None, feeds), second.run(None, {k: v for k, v in feeds.items() if k in names})
            if exact and not same_bits(list(expected), list(got)):
                self.fail(label, "other bits")
            elif not exact and not difference(expected, got).worst <= 1e-5 * difference(expected, got).largest:
                self.fail(label, f"{difference(expected, got)}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--command", required=True)
    arguments.add_argument("--only", action="append", default=[])
    arguments.add_argument("--quick", action="store_true", help="every third case, with all passes only")
    options = arguments.parse_args()
    odd = Oddities(options.command)
    with tempfile.TemporaryDirectory(prefix="costscan-odd-") as folder:
        for number, (name, case) in enumerate(CASES.items()):
            for passes in ("all",) if options.quick else ("default", "all"):
                if name in options.only or (not options.only and (not options.quick or number % 3 == 0)):
                    try:
                        odd.check(name, case, passes, Path(folder))
                    except Exception as error:  # noqa: BLE001  a case that cannot be made is a failure, too
                        odd.fail(f"{name}, {passes}", f"{type(error).__name__}: {str(error).strip()[:300]}")
    print(f"{len(CASES)} models, {odd.runs} runs, {len(odd.failures)} failures")
    return 1 if odd.failures or odd.runs == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
