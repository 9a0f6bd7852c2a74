#!/usr/bin/env python3
"""How well costscan's predictions agree with measured latency, over the shared corpus, beside simpler predictors.

    bench/validate.py [--models a,b] [--sessions 4] [--threads 1] [--kind fp32|int8|batch8|decode] [--depth plan|static]
                      [--references DIR] [--nodes] [--command build/release/costscan]

Needs `costscan calibrate` for this machine, runtime and number of threads. References are whole runs of costscan, each
a process of its own: every session goes over all models in another random order, so that a model's sessions are apart
in time; a model's latency is the median of its sessions' medians. With --references they are kept in that folder and
not measured again. Predictions come from --plan (the runtime optimises, nothing is executed) or --static.

Nothing is fitted to a model here except the baselines, each of which gets the constants that suit these very
references best: FLOPs only, bytes only, node count, a flat roofline (three constants), one constant per class of rates.
"""
import argparse
import collections
import json
import math
import pathlib
import random
import statistics
import sys

import numpy

from common import BIG, COMMAND, Failed, corpus_folder, report_of
from scores import beside_noise, best_scale, scores

REFUSED = {"b_bert_base_bf16"}  # ONNX Runtime has no CPU kernels for it
KINDS = {
    "fp32": {"models": lambda name: not name.startswith("q_") and "fp16" not in name, "dims": []},
    "int8": {"models": lambda name: name.startswith("q_") and "int" in name, "dims": []},
    "fp16": {"models": lambda name: "fp16" in name, "dims": []},
    "batch8": {"models": lambda name: name.startswith("b_") and "fp16" not in name, "dims": ["batch=8"]},
    "decode": {"models": lambda name: name.find("_kv") > 0 or "int4" in name, "dims": ["batch=1", "seq=1", "past=127"]},
}


def corpus(options: argparse.Namespace) -> list[pathlib.Path]:
    folder = corpus_folder()
    if not folder.is_dir():
        sys.exit(f"validate: no corpus in {folder}: set COSTSCAN_SHARED")
    chosen = set(options.models.split(",")) if options.models else None
    wanted = KINDS[options.kind]["models"]
    files = sorted(folder.glob("*.onnx"))
    if chosen is not None:
        return [file for file in files if file.stem in chosen]
    return [file for file in files if file.stem not in BIG | REFUSED and wanted(file.stem)]


def analyse(model: pathlib.Path, options: argparse.Namespace, *more: str) -> dict:
    dims = [word for dim in KINDS[options.kind]["dims"] + (options.dim or []) for word in ("--dim", dim)]
    try:
        return report_of(options.command, model, "--threads", options.threads, *more, *dims)
    except Failed as why:
        return {"error": str(why)}


def slim(document: dict) -> dict:
    """What is kept of a session."""
    if "error" in document or document["measurement"]["latency"] is None:
        return {"error": document.get("error") or document["measurement"]["reason"]}
    nodes = [[row["op_type"], row["measured_us"]] for row in document["runtime"]]
    return {"latency_us": document["measurement"]["latency"]["median"], "nodes": nodes,
            "load": document["measurement"]["machine"]["load_before"]}


def reference_file(model: pathlib.Path, options: argparse.Namespace) -> pathlib.Path:
    extra = "".join("_" + dim.replace("=", "") for dim in options.dim or [])
    return pathlib.Path(options.references) / f"{model.stem}_{options.kind}{extra}_{options.threads}t.json"


def kept_sessions(model: pathlib.Path, options: argparse.Namespace) -> list[dict]:
    if not options.references or not reference_file(model, options).exists():
        return []
    return json.loads(reference_file(model, options).read_text())


def keep(model: pathlib.Path, options: argparse.Namespace, sessions: list[dict]) -> None:
    if options.references:
        pathlib.Path(options.references).mkdir(parents=True, exist_ok=True)
        reference_file(model, options).write_text(json.dumps(sessions))


def measure(models: list[pathlib.Path], options: argparse.Namespace) -> dict[str, list[dict]]:
    sessions = {model.stem: kept_sessions(model, options) for model in models}
    order = random.Random(options.seed)
    for session in range(options.sessions):
        todo = [model for model in models if len(sessions[model.stem]) <= session]
        order.shuffle(todo)
        for model in todo:
            if any("error" in known for known in sessions[model.stem]):
                continue
            found = slim(analyse(model, options, "--seconds", str(options.seconds), "--timeout", "300"))
            sessions[model.stem].append(found)
            keep(model, options, sessions[model.stem])
            print(f"session {session + 1} {model.stem}: {found.get('latency_us', found.get('error'))}",
                  file=sys.stderr, flush=True)
    return sessions


def median_nodes(sessions: list[dict]) -> list[tuple[str, float | None]]:
    """The nodes' median over the sessions that executed the same sequence of ops as the first."""
    first = [op for op, _ in sessions[0]["nodes"]]
    same = [s["nodes"] for s in sessions if [op for op, _ in s["nodes"]] == first]
    out = []
    for rows in zip(*same):
        times = [us for _, us in rows if us is not None]
        out.append((rows[0][0], statistics.median(times) if times else None))
    return out


def node_noise(sessions: list[dict]) -> list[tuple[float, float]]:
    """Each node's time in each session, beside its median in the others."""
    first = [op for op, _ in sessions[0]["nodes"]]
    same = [s["nodes"] for s in sessions if [op for op, _ in s["nodes"]] == first]
    pairs = []
    for rows in zip(*same) if len(same) > 1 else []:
        times = [us for _, us in rows if us is not None]
        if len(times) > 1:
            pairs += [(us, statistics.median(times[:i] + times[i + 1:])) for i, us in enumerate(times)]
    return pairs


def pooled_error(pairs: list[tuple[float, float]]) -> float:
    """Per cent: the differences' sum over the sum of the second."""
    return 100 * sum(abs(p - us) for p, us in pairs) / sum(us for _, us in pairs)


def align(predicted: list[dict], measured: list[tuple[str, float | None]]) -> list[tuple[dict, float]]:
    """Executed nodes by op type and occurrence: names that the runtime makes differ from session to session."""
    waiting = collections.defaultdict(collections.deque)
    for op, us in measured:
        waiting[op].append(us)
    pairs = []
    for row in predicted:
        if not waiting[row["op_type"]]:
            continue
        us = waiting[row["op_type"]].popleft()
        if us is not None and row["predicted_us"] is not None:
            pairs.append((row, us))
    return pairs


class Case:
    """One model: its reference, its prediction, its nodes."""

    def __init__(self, name: str, document: dict, sessions: list[dict]):
        self.name = name
        latencies = [s["latency_us"] for s in sessions]
        self.measured = statistics.median(latencies)
        self.noise = max(latencies) / min(latencies) - 1
        # What a session of the model itself would have predicted for the others.
        self.itself = [(one, statistics.median(latencies[:i] + latencies[i + 1:]))
                       for i, one in enumerate(latencies)] if len(latencies) > 1 else []
        self.predicted = document["totals"]["predicted_runtime_us"]
        report = document["prediction"]
        self.low, self.high = report["low_us"], report["high_us"]
        self.uncalibrated = report["uncalibrated_share"]
        self.classes = report["classes"]
        self.rows = document["runtime"]
        self.pairs = align(self.rows, median_nodes(sessions))
        self.node_noise = node_noise(sessions)

    def work(self, field: str) -> float:
        return float(sum(row[field] or 0 for row in self.rows))

    @property
    def error(self) -> float:
        return self.predicted / self.measured - 1

    @property
    def node_error(self) -> float:
        total = sum(us for _, us in self.pairs)
        return sum(abs(row["predicted_us"] - us) for row, us in self.pairs) / total if total else math.nan

    def covered(self) -> tuple[int, int]:
        inside = sum(row["predicted_low_us"] <= us <= row["predicted_high_us"] for row, us in self.pairs
                     if row["predicted_low_us"] is not None)
        return inside, sum(row["predicted_low_us"] is not None for row, _ in self.pairs)


def flat_roofline(cases: list[Case]) -> list[float]:
    """Three constants by coordinate search over ever finer steps: FLOP/s, bytes/s, microseconds a node."""
    flops = [numpy.array([row["flops"] or 0 for row in case.rows], float) for case in cases]
    moved = [numpy.array([row["compulsory_bytes"] or 0 for row in case.rows], float) for case in cases]
    measured = numpy.array([case.measured for case in cases])

    def predict(constants):
        return numpy.array([numpy.maximum(f * constants[0], b * constants[1]).sum() + len(f) * constants[2]
                            for f, b in zip(flops, moved)])

    best, step = [1e-5, 3e-5, 1.0], 2.0
    loss = numpy.abs(predict(best) / measured - 1).mean()
    while step > 1.003:
        better = False
        for i in range(3):
            for factor in (step, 1 / step):
                trial = list(best)
                trial[i] *= factor
                found = numpy.abs(predict(trial) / measured - 1).mean()
                if found < loss:
                    best, loss, better = trial, found, True
        if not better:
            step = math.sqrt(step)
    return list(predict(best))


def class_constants(cases: list[Case]) -> list[float]:
    """One rate per class of rates, from these very nodes: total time over total work."""
    time, work = collections.Counter(), collections.Counter()

    def of(row):
        return float(max(row["flops"] or 0, row["compulsory_bytes"] or 0, 1))

    for case in cases:
        for row, us in case.pairs:
            time[row["rate_class"]] += us
            work[row["rate_class"]] += of(row)
    return [sum(of(row) * time[row["rate_class"]] / work[row["rate_class"]]
                for row in case.rows if work[row["rate_class"]]) for case in cases]


def print_table(header: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(header) + " |")
    print("|" + "|".join(" --- " for _ in header) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def print_models(cases: list[Case]) -> None:
    rows = []
    for case in sorted(cases, key=lambda c: c.measured):
        inside, all_ = case.covered()
        rows.append([case.name, f"{case.measured / 1e3:.2f}", f"{100 * case.noise:.1f}", f"{case.predicted / 1e3:.2f}",
                     f"{100 * case.error:+.1f}", "yes" if case.low <= case.measured <= case.high else "no",
                     f"{100 * case.node_error:.1f}", f"{100 * inside / all_:.0f}" if all_ else "",
                     f"{100 * case.uncalibrated:.1f}"])
    print_table(["model", "measured ms", "sessions max/min %", "predicted ms", "error %", "in interval",
                 "node error % of time", "nodes in interval %", "uncalibrated %"], rows)


def print_classes(cases: list[Case]) -> None:
    time, error, signed, count = (collections.Counter() for _ in range(4))
    calibrated = {}
    for case in cases:
        for entry in case.classes:
            calibrated[entry["rate_class"]] = entry["calibrated"]
        for row, us in case.pairs:
            key = row["rate_class"] or "none"
            time[key] += us
            error[key] += abs(row["predicted_us"] - us)
            signed[key] += row["predicted_us"] - us
            count[key] += 1
    total, total_error = sum(time.values()), sum(error.values())
    rows = [[key, str(count[key]), f"{100 * time[key] / total:.2f}", f"{100 * error[key] / time[key]:.1f}",
             f"{100 * signed[key] / time[key]:+.1f}", f"{100 * value / total_error:.1f}",
             "" if calibrated.get(key) else "no"] for key, value in error.most_common() if time[key] > 0]
    print_table(["class", "nodes", "share of time %", "error %", "signed %", "share of error %", "calibrated"], rows)


def print_baselines(cases: list[Case]) -> None:
    measured = [case.measured for case in cases]
    rows = [scores("costscan", [case.predicted for case in cases], measured)]
    for name, work in (("FLOPs only", [case.work("flops") for case in cases]),
                       ("bytes only", [case.work("compulsory_bytes") for case in cases]),
                       ("node count", [float(len(case.rows)) for case in cases])):
        constant = best_scale(work, measured)
        rows.append(scores(f"{name} (own best fit)", [w * constant for w in work], measured))
    rows.append(scores("flat roofline (own best fit)", flat_roofline(cases), measured))
    rows.append(scores("one constant per class (own best fit)", class_constants(cases), measured))
    itself = [pair for case in cases for pair in case.itself]
    if itself:
        rows.append(scores("one other session of the model itself", *map(list, zip(*itself))))
    print_table(["predictor", "MAPE %", "median %", "RMSPE %", "within 5 %", "within 10 %", "within 20 %", "Spearman"],
                rows)


def print_bars(cases: list[Case], options: argparse.Namespace) -> None:
    """The project's bars, and beside each what one session of the model itself attains for the others: the noise of the
    machine, below which no prediction can be seen to come. Where that noise misses a bar, the bar seen through it."""

    def share_within(errors: list[float], limit: float) -> float:
        return 100 * sum(error <= limit for error in errors) / len(errors)

    def median(errors: list[float]) -> float:
        return 100 * statistics.median(errors)

    strict = options.threads == 1 and options.kind == "fp32" and options.depth == "plan"
    errors = [abs(case.error) for case in cases]
    noise = [abs(one / others - 1) for case in cases for one, others in case.itself]
    wanted_median = 8 if options.depth == "static" else 3 if strict else 6
    bars = [("median error %", wanted_median, None)]
    if strict:
        bars += [("models within 5 %", 75, 5), ("models within 10 %", 95, 10)]
    elif options.depth == "plan":
        bars.append(("models within 10 %", 80, 10))
    rows = []
    for name, wanted, limit in bars:
        def score(of: list[float], limit: float | None = limit) -> float:
            return median(of) if limit is None else share_within(of, limit / 100)

        def holds(value: float, bar: float, is_least: bool = limit is not None) -> bool:
            return value >= bar if is_least else value <= bar

        got, floor = score(errors), score(noise) if noise else math.nan
        seen, verdict = "", "met" if holds(got, wanted) else "missed"
        if noise and not holds(floor, wanted):
            bar = beside_noise(wanted, floor, limit)
            seen = f"{bar:.1f}"
            if verdict == "missed":
                verdict = "the noise alone misses it; " + ("met" if holds(got, bar) else "missed") + " through the noise"
        rows.append([name, f"{'≥' if limit else '≤'} {wanted}", f"{got:.1f}", f"{floor:.1f}", seen, verdict])
    if strict:
        pooled = pooled_error([(row["predicted_us"], us) for case in cases for row, us in case.pairs])
        itself = [pair for case in cases for pair in case.node_noise]
        floor = pooled_error(itself) if itself else 0.0
        seen = beside_noise(6, floor, None)
        verdict = "met" if pooled <= 6 else "missed; " + ("met" if pooled <= seen else "missed") + " through the noise"
        rows.append(["node error weighted by time %", "≤ 6", f"{pooled:.1f}", f"{floor:.1f}", f"{seen:.1f}", verdict])
    share = 100 * max(case.uncalibrated for case in cases)
    rows.append(["uncalibrated share of any model %", "≤ 5", f"{share:.1f}", "", "", "met" if share <= 5 else "missed"])
    held, stated = (sum(column) for column in zip(*(case.covered() for case in cases)))
    inside = 100 * held / max(stated, 1)
    rows.append(["nodes within their interval %", "85 to 95", f"{inside:.1f}", "", "",
                 "met" if 85 <= inside <= 95 else "missed"])
    print_table(["bar", "wanted", "costscan", "one other session of the model itself", "bar through that noise",
                 "verdict"], rows)


def print_summary(cases: list[Case]) -> None:
    inside = sum(case.covered()[0] for case in cases)
    all_ = sum(case.covered()[1] for case in cases)
    time = sum(us for case in cases for _, us in case.pairs)
    error = sum(abs(row["predicted_us"] - us) for case in cases for row, us in case.pairs)
    print(f"models {len(cases)}; node error weighted by time {100 * error / time:.1f}% pooled, "
          f"{100 * statistics.mean(case.node_error for case in cases):.1f}% mean over models; "
          f"nodes within their 90% interval {100 * inside / max(all_, 1):.1f}%; models within theirs "
          f"{sum(case.low <= case.measured <= case.high for case in cases)}/{len(cases)}; "
          f"noise between sessions, median {100 * statistics.median(case.noise for case in cases):.1f}%; "
          f"largest uncalibrated share {100 * max(case.uncalibrated for case in cases):.1f}%\n")


def worst_nodes(cases: list[Case], count: int) -> None:
    rows = []
    for case in cases:
        for row, us in case.pairs:
            rows.append((abs(row["predicted_us"] - us) / case.measured, case.name, row, us))
    rows.sort(key=lambda entry: -entry[0])
    print_table(["share of model %", "model", "node", "class", "predicted us", "measured us"],
                [[f"{100 * share:.2f}", name, row["runtime_node"][-40:], row["rate_class"],
                  f"{row['predicted_us']:.1f}", f"{us:.1f}"] for share, name, row, us in rows[:count]])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models")
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--kind", choices=list(KINDS), default="fp32")
    parser.add_argument("--dim", action="append")
    parser.add_argument("--depth", choices=["plan", "static"], default="plan")
    parser.add_argument("--references")
    parser.add_argument("--nodes", type=int, default=0, help="print so many of the worst nodes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--command", default=str(COMMAND))
    options = parser.parse_args()
    models = corpus(options)
    sessions = measure(models, options)
    cases = []
    for model in models:
        usable = [s for s in sessions[model.stem] if "error" not in s]
        if not usable:
            print(f"{model.stem}: {sessions[model.stem][0]['error'] if sessions[model.stem] else 'no reference'}")
            continue
        document = analyse(model, options, "--" + options.depth)
        if "error" in document or not document.get("prediction"):
            print(f"{model.stem}: no prediction: {document.get('error', 'run costscan calibrate first')}")
            continue
        if document["totals"]["predicted_runtime_us"] is None:
            print(f"{model.stem}: {document['prediction']['unknown_nodes']} executed nodes without a prediction")
            continue
        cases.append(Case(model.stem, document, usable))
    if not cases:
        return 1
    print_models(cases)
    print_summary(cases)
    print_baselines(cases)
    print_bars(cases, options)
    print_classes(cases)
    if options.nodes:
        worst_nodes(cases, options.nodes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
