"""`costscan optimize` against ONNX's checker and ONNX Runtime: its output is valid, gives the same bits with the lossless
passes, and optimising it again changes nothing.

usage: optimize_oracle.py --command COSTSCAN [--backend] [--random N] [--seed S] [MODEL...]
--backend: ONNX's own node tests, many in one model: operands as inputs, and again as constants
--random N: N drawn graphs of shape arithmetic, views, transposes, casts and elementwise operators, of free sizes
Exit code 1: one of the above does not hold; 77: packages are missing.
"""

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))
warnings.simplefilter("ignore")
try:
    import numpy as np
    import onnx
    from onnx_models import checker_fault, drawn_feeds, fill_missing, same_bits, session_of
except ImportError as missing:
    print(f"SKIP: {missing} (scripts/requirements-test.txt lists the packages)")
    sys.exit(77)
import backend_models
from common import Failed, passes_of, report_of
from drawn_graphs import Drawn


class Oracle:
    def __init__(self, options, folder):
        self.options, self.folder = options, Path(folder)
        self.failures, self.checked, self.sites, self.before, self.after = [], 0, 0, 0, 0
        self.passes = ",".join(passes_of(options.command, lossless=True))

    def fail(self, name, what):
        self.failures.append(f"{name}: {what}")
        print(f"  FAILED {name}: {what}")

    def optimize(self, name, source, target):
        try:
            report = report_of(self.options.command, "optimize", source, "-o", target, "--passes", self.passes)
        except Failed as why:
            self.fail(name, str(why))
            return None
        for defect in report["defects"]:
            self.fail(name, f"a change was dropped: {defect}")
        return report

    def check(self, name, model, feed_sets):
        """The model through all lossless passes. `feed_sets`: inputs for several runs."""
        source, target, again = (self.folder / f"{part}.onnx" for part in ("source", "target", "again"))
        onnx.save(model, source)
        report = self.optimize(name, source, target)
        if report is None:
            return
        self.checked += 1
        self.sites += sum(len(each["applied"]) for each in report["passes"])
        self.before += report["before"]["nodes"]
        self.after += report["after"]["nodes"]
        optimized = onnx.load(target)
        fault = checker_fault(optimized)
        if fault and not checker_fault(model):  # some of ONNX's own tests do not pass its checker
            self.fail(name, "the checker: " + fault)
        second = self.optimize(name, target, again)
        if second is not None and again.read_bytes() != target.read_bytes():
            fired = [each["pass"] for each in second["passes"] if each["applied"]]
            self.fail(name, f"optimised again it changes: {fired}")
        self.compare(name, model, optimized, feed_sets)

    def compare(self, name, model, optimized, feed_sets):
        try:
            before = session_of(model)
        except Exception:  # noqa: BLE001  the runtime has no kernel for it, before or after
            return
        try:
            after = session_of(optimized)
        except Exception as error:  # noqa: BLE001
            self.fail(name, "the runtime refuses it: " + str(error).strip().splitlines()[0][:200])
            return
        for feeds in feed_sets:
            try:
                expected = before.run(None, feeds)
            except Exception:  # noqa: BLE001
                continue
            try:
                got = after.run(None, feeds)
            except Exception as error:  # noqa: BLE001
                self.fail(name, "does not run: " + str(error).strip().splitlines()[0][:200])
                return
            for output, one, other in zip(before.get_outputs(), expected, got):
                if not same_bits(one, other):
                    self.fail(name, f"output '{output.name}' has other bits")


def check_models(oracle, paths):
    class Sizes(dict):
        def __missing__(self, name):
            return {"batch": 2, "seq": 5, "past": 3, "total": 8}.get(name, 4)

    for path in paths:
        model = onnx.load(path, load_external_data=False)
        fill_missing(model)
        oracle.check(Path(path).stem, model, [drawn_feeds(model, Sizes(), 1), drawn_feeds(model, Sizes(batch=1, seq=7), 2)])


def check_backend(oracle):
    tests = forms = 0
    for label, count, model, feeds in backend_models.models():
        oracle.check(label, model, [feeds])
        tests, forms = tests + count, forms + 1
    print(f"{tests // 2} node tests in {forms // 2} models, each in two forms")


def check_drawn(oracle, count, seed):
    for number in range(count):
        model = Drawn(seed + number).model()
        feeds = [drawn_feeds(model, {"N": n, "M": m}, number) for n, m in ((2, 3), (1, 5), (4, 4), (3, 1))]
        special = {name: np.where(array > 0.5, np.float32(np.nan), array * np.float32(1e30))
                   for name, array in feeds[0].items()}
        oracle.check(f"drawn {seed + number}", model, [*feeds, special])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--command", required=True)
    parser.add_argument("--backend", action="store_true")
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="costscan-optimize-") as folder:
        oracle = Oracle(options, folder)
        check_models(oracle, options.models)
        if options.backend:
            check_backend(oracle)
        check_drawn(oracle, options.random, options.seed)
    print(f"{oracle.checked} models, {oracle.sites} changes, {oracle.before} nodes to {oracle.after}, "
          f"{len(oracle.failures)} failures")
    return 1 if oracle.failures or oracle.checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
