#!/usr/bin/env python3
"""How much of the best measured gain costscan's advice obtains, beside two simpler ways to choose.

    bench/advice.py [--command build/release/costscan] [--models a,b] [--seconds 2] [--write docs/advise.md]

For every model these candidates are made by `costscan optimize` and measured against the original by `costscan compare`
(in turns, with a 95% interval):

  advice      the passes that `costscan advise` recommends; nothing where it says that none pays
  everything  all passes that are on by default
  nodes       the passes, one by one, that take at least one node in a hundred out of the file
  each pass   every pass alone that changes something

The fastest of many noisy measurements is partly the luckiest one. So each candidate is measured once to choose the best,
and then the best and the three rules are measured anew, for twice as long; only these second measurements count. Leaving the
model alone (ratio 1) is a candidate, too. A rule's regret is how much slower its model is than the best one, in per cent of
the original's time: 0 is the best choice. Differences below the machine's repeatability are noise: the interval of each ratio
is printed beside it. Run it on a quiet machine.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = ["resnet50", "mobilenet_v3_small", "distilbert_base", "gpt2_small", "vit_base_patch16_224", "whisper_tiny_encoder", "yolov8n",
          "tinyllama_4layer", "q_resnet50_qdq_int8", "b_bert_base"]
FEWEST_NODES = 0.01


def corpus_folder() -> pathlib.Path:
    return pathlib.Path(os.environ.get("COSTSCAN_SHARED", ROOT / ".." / "shared")) / "corpus"


class Failed(Exception):
    pass


def run(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()
        raise Failed(f"{' '.join(words[1:4])}: {last[-1] if last else done.returncode}")
    return done.stdout


def measured(options, original: pathlib.Path, passes: list[str], folder: pathlib.Path, seconds: float) -> dict:
    """The speed-up of the model after these passes; 1 without any."""
    if not passes:
        return {"ratio": 1.0, "low": 1.0, "high": 1.0, "passes": []}
    target = folder / f"{original.stem}_changed.onnx"
    run([options.command, "optimize", str(original), "-o", str(target), "--passes", ",".join(passes)])
    report = json.loads(run([options.command, "compare", str(original), str(target), "--report", "json", "--measure", "--seconds",
                             str(seconds)]))
    speedup = report["measurement"].get("speedup")
    for file in folder.glob("*"):
        file.unlink()
    if not isinstance(speedup, dict):
        raise Failed(f"{original.stem}: too few rounds for an interval; give more --seconds")
    return {"ratio": speedup["ratio"], "low": speedup["low"], "high": speedup["high"], "passes": passes}


def candidates(options, original: pathlib.Path, folder: pathlib.Path) -> dict[str, dict]:
    advice = json.loads(run([options.command, "advise", str(original), "--report", "json"]))
    nodes = max(1, advice["before"]["nodes"])
    by_nodes = [p["pass"] for p in advice["passes"] if (p["nodes_removed"] - p["nodes_added"]) / nodes >= FEWEST_NODES
                and p["verdict"] != "optional"]
    rules = {"advice": advice["recommended"], "everything": ["default"], "nodes": by_nodes}
    tried = {tuple(passes): passes for passes in [*rules.values(), *([entry["pass"]] for entry in advice["passes"])]}
    screened = {key: measured(options, original, passes, folder, options.seconds) for key, passes in tried.items()}
    best = max(screened.values(), key=lambda found: found["ratio"])
    rules["best"] = best["passes"] if best["ratio"] > 1 else []
    again = {tuple(passes): measured(options, original, passes, folder, 2 * options.seconds) for passes in rules.values()}
    return {rule: again[tuple(passes)] for rule, passes in rules.items()} | {"candidates": len(screened)}


def cell(found: dict) -> str:
    return f"{found['ratio']:.3f} [{found['low']:.3f}, {found['high']:.3f}]" if found["passes"] else "1 (nothing)"


def table(results: dict[str, dict[str, dict]]) -> str:
    lines = ["| model | candidates | best | its speed-up | advice | everything | by nodes | regret: advice | everything | by nodes |",
             "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    regrets: dict[str, list[float]] = {"advice": [], "everything": [], "nodes": []}
    gains = {rule: 0.0 for rule in [*regrets, "best"]}
    beyond_noise = 0
    for model, rules in results.items():
        # Times relative to the original's: the least of what was measured anew, or the original itself.
        times = {rule: 1 / rules[rule]["ratio"] for rule in gains}
        least = min(1.0, *times.values())
        winner = min(times, key=lambda rule: times[rule])
        for rule, values in regrets.items():
            values.append(100 * (times[rule] - least))
        if least < 1 and rules[winner]["low"] > 1:
            beyond_noise += 1
            for rule in regrets:
                gains[rule] += 1 - times[rule]
            gains["best"] += 1 - least
        passes = rules[winner]["passes"] if least < 1 else []
        lines.append(f"| {model} | {rules['candidates']} | {', '.join(passes) or 'nothing'} | {1 / least:.3f} | "
                     + " | ".join(cell(rules[rule]) for rule in regrets) + " | "
                     + " | ".join(f"{values[-1]:.1f}%" for values in regrets.values()) + " |")
    lines.append("| mean regret | | | | | | | " + " | ".join(f"{statistics.mean(v):.2f}%" for v in regrets.values()) + " |")
    if beyond_noise:
        lines.append(f"| share of the best gains ({beyond_noise} models with one beyond its noise) | | | | | | | "
                     + " | ".join(f"{100 * gains[rule] / gains['best']:.0f}%" for rule in regrets) + " |")
    else:
        lines.append("\nNo model's best choice lies beyond its noise: there is no gain of which a share could be told.")
    return "\n".join(lines)


def put(page: pathlib.Path, text: str) -> None:
    start, end = "<!-- bench/advice.py -->", "<!-- end -->"
    head, rest = page.read_text().split(start)
    page.write_text(f"{head}{start}\n{text}\n{end}{rest.split(end, 1)[1]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", default=str(ROOT / "build/release/costscan"))
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--write", type=pathlib.Path)
    options = parser.parse_args()
    results = {}
    for name in options.models.split(","):
        path = next((p for p in (pathlib.Path(name), corpus_folder() / f"{name}.onnx") if p.exists()), None)
        if path is None:
            print(f"{name}: there is no such model, skipped", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory(prefix="costscan-advice-") as folder:
            try:
                results[path.stem] = candidates(options, path, pathlib.Path(folder))
            except Failed as why:
                print(f"{path.stem}: {why}, skipped", file=sys.stderr)
                continue
        print(f"{path.stem}: " + ", ".join(f"{rule} {cell(results[path.stem][rule])}" for rule in ["best", "advice", "everything", "nodes"]),
              file=sys.stderr, flush=True)
        if options.write:  # after each, so that an end before time loses nothing
            put(options.write, table(results))
    if not results:
        return 1
    print(table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
