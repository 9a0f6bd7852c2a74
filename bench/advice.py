#!/usr/bin/env python3
"""How much of the best measured gain costscan's advice obtains, beside two simpler ways to choose.

    bench/advice.py [--command build/release/costscan] [--models a,b] [--seconds 2] [--level all|disabled|...]
                    [--keep FILE] [--write docs/advise.md]

For every model these candidates are made by `costscan optimize` and measured against the original by `costscan compare`
(in turns, with a 95% interval):

  advice      the passes that `costscan advise` recommends; nothing where it says that none pays
  everything  all passes that are on by default
  nodes       the passes, one by one, that take at least one node in a hundred out of the file
  each pass   every pass alone that changes something

A candidate of which ONNX Runtime makes the very same executed graph as of the original (`--plan`: the same kernels on the
same work) cannot differ from it by anything but noise: its ratio is 1, and it is not measured. Candidates of which it
makes the same graph as of one another are measured once.

The fastest of many noisy measurements is partly the luckiest one. So each candidate is measured once to choose the best,
and then the best and the three rules are measured anew, for twice as long; only these second measurements count. Leaving the
model alone (ratio 1) is a candidate, too. A rule's regret is how much slower its model is than the best one, in per cent of
the original's time: 0 is the best choice. Differences below the machine's repeatability are noise: the interval of each ratio
is printed beside it. Run it on a quiet machine. --level is that of the runtime's optimiser: with less of it, more is left for
the passes. With --keep the results are kept in that file, and the models in it are not
measured again.
"""
import argparse
import json
import pathlib
import statistics
import sys
import tempfile

from common import COMMAND, Failed, find_model, output_of, report_of, write_between

MODELS = ["resnet50", "mobilenet_v3_small", "distilbert_base", "gpt2_small", "vit_base_patch16_224", "whisper_tiny_encoder", "yolov8n",
          "tinyllama_4layer", "q_resnet50_qdq_int8", "b_bert_base"]
FEWEST_NODES = 0.01
RULES = ["advice", "everything", "nodes"]


def executed(options, model: pathlib.Path) -> tuple:
    """What the runtime makes of the model: its kernels and the work of each, in no order."""
    rows = report_of(options.command, model, "--plan", "--runtime-level", options.level)["runtime"]
    return tuple(sorted(json.dumps([row[k] for k in ("domain", "op_type", "flops", "compulsory_bytes", "rate_class")]) for row in rows))


class Bench:
    """Candidates for one model, each made, looked at and measured at most once for a length of time."""

    def __init__(self, options, original: pathlib.Path, folder: pathlib.Path):
        self.options, self.original, self.folder = options, original, folder
        self.as_it_was = executed(options, original)
        self.graphs: dict[tuple, tuple] = {}
        self.times: dict[tuple, dict] = {}

    def make(self, passes: tuple) -> pathlib.Path:
        for file in self.folder.glob("*"):
            file.unlink()
        target = self.folder / f"{self.original.stem}_changed.onnx"
        output_of([self.options.command, "optimize", self.original, "-o", target, "--passes", ",".join(passes)])
        return target

    def graph(self, passes: tuple) -> tuple:
        if passes not in self.graphs:
            self.graphs[passes] = executed(self.options, self.make(passes)) if passes else self.as_it_was
        return self.graphs[passes]

    def measured(self, passes: tuple, seconds: float) -> dict:
        """The speed-up of the model after these passes; 1 where the runtime executes the same graph."""
        graph = self.graph(passes)
        if graph == self.as_it_was:
            return {"ratio": 1.0, "low": 1.0, "high": 1.0, "passes": list(passes), "same": True}
        if (graph, seconds) not in self.times:
            report = report_of(self.options.command, "compare", self.original, self.make(passes), "--measure", "--seconds", seconds,
                               "--runtime-level", self.options.level)  # fmt: skip
            speedup = report["measurement"].get("speedup")
            if not isinstance(speedup, dict):
                raise Failed(f"{self.original.stem}: too few rounds for an interval; give more --seconds")
            self.times[graph, seconds] = {key: speedup[key] for key in ("ratio", "low", "high")}
        return self.times[graph, seconds] | {"passes": list(passes), "same": False}


def candidates(options, original: pathlib.Path, folder: pathlib.Path) -> dict:
    advice = report_of(options.command, "advise", original, "--runtime-level", options.level)
    nodes = max(1, advice["before"]["nodes"])
    by_nodes = [p["pass"] for p in advice["passes"] if (p["nodes_removed"] - p["nodes_added"]) / nodes >= FEWEST_NODES
                and p["verdict"] != "optional"]
    rules = {"advice": tuple(advice["recommended"]), "everything": ("default",), "nodes": tuple(by_nodes)}
    bench = Bench(options, original, folder)
    tried = {*rules.values(), *((entry["pass"],) for entry in advice["passes"])}
    screened = {passes: bench.measured(passes, options.seconds) for passes in sorted(tried)}
    best = max(screened, key=lambda passes: screened[passes]["ratio"])
    rules["best"] = best if screened[best]["ratio"] > 1 else ()
    other = sum(not found["same"] for found in screened.values())
    return {rule: bench.measured(passes, 2 * options.seconds) for rule, passes in rules.items()} | {
        "candidates": len(screened), "other": other}  # fmt: skip


def cell(found: dict) -> str:
    if found["same"]:
        return "1 (same graph)" if found["passes"] else "1 (nothing)"
    return f"{found['ratio']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def sure(found: dict) -> float:
    """The ratio where its interval is beyond 1, else 1: a difference that could be noise is none."""
    return found["ratio"] if found["low"] > 1 or found["high"] < 1 else 1.0


def regrets_of(rules: dict[str, dict], ratio) -> tuple[dict[str, float], str | None]:
    """Of each rule, in per cent of the original's time; and which candidate was best, None for leaving the model alone."""
    times = {rule: 1 / ratio(rules[rule]) for rule in [*RULES, "best"]}
    winner = min(times, key=lambda rule: times[rule])
    least = min(1.0, times[winner])
    return {rule: 100 * (times[rule] - least) for rule in RULES}, winner if least < 1 else None


def table(results: dict[str, dict[str, dict]]) -> str:
    lines = ["| model | candidates | executed otherwise | best | its speed-up | advice | everything | by nodes "
             "| regret: advice | everything | by nodes |",
             "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for model, rules in results.items():
        regrets, winner = regrets_of(rules, lambda found: found["ratio"])
        best = ", ".join(rules[winner]["passes"]) if winner else "nothing"
        lines.append(f"| {model} | {rules['candidates']} | {rules['other']} | {best} | {cell(rules[winner]) if winner else '1'} | "
                     + " | ".join(cell(rules[rule]) for rule in RULES) + " | "
                     + " | ".join(f"{regrets[rule]:.1f}%" for rule in RULES) + " |")  # fmt: skip
    for words, ratio in (("mean regret", lambda found: found["ratio"]), ("mean regret beyond noise", sure)):
        every = [regrets_of(rules, ratio)[0] for rules in results.values()]
        lines.append(f"| {words} | | | | | | | | " + " | ".join(f"{statistics.mean(r[rule] for r in every):.2f}%" for rule in RULES) + " |")
    gainers = [rules for rules in results.values() if regrets_of(rules, sure)[1]]
    if gainers:
        saved = {rule: sum(1 - 1 / sure(rules[rule]) for rules in gainers) for rule in RULES}
        had = sum(1 - 1 / max(sure(rules[rule]) for rule in [*RULES, "best"]) for rules in gainers)
        lines.append(f"| share of the best gains ({len(gainers)} models with one beyond noise) | | | | | | | | "
                     + " | ".join(f"{100 * saved[rule] / had:.0f}%" for rule in RULES) + " |")  # fmt: skip
    else:
        lines.append("\nNo model's best choice lies beyond its noise: there is no gain of which a share could be told.")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", default=str(COMMAND))
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--level", default="all", choices=["disabled", "basic", "extended", "all"])
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--write", type=pathlib.Path)
    options = parser.parse_args()
    results = json.loads(options.keep.read_text()) if options.keep and options.keep.exists() else {}
    for name in options.models.split(","):
        path = find_model(name)
        if path is None:
            print(f"{name}: there is no such model, skipped", file=sys.stderr)
            continue
        if path.stem not in results:
            with tempfile.TemporaryDirectory(prefix="costscan-advice-") as folder:
                try:
                    results[path.stem] = candidates(options, path, pathlib.Path(folder))
                except Failed as why:
                    print(f"{path.stem}: {why}, skipped", file=sys.stderr)
                    continue
        print(f"{path.stem}: " + ", ".join(f"{rule} {cell(results[path.stem][rule])}" for rule in ["best", *RULES]),
              file=sys.stderr, flush=True)  # fmt: skip
        # After each, so that an end before time loses nothing.
        if options.keep:
            options.keep.write_text(json.dumps(results, indent=1))
        if options.write:
            marker = "bench/advice.py" + (f" --level {options.level}" if options.level != "all" else "")
            write_between(options.write, marker, table(results))
    if not results:
        return 1
    print(table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
