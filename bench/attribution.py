#!/usr/bin/env python3
"""How much of the runtime's kernel time is joined to nodes of the file, by model and optimisation level.

    bench/attribution.py [--models a,b] [--levels disabled,basic,extended,all] [--plan | --static] [--jobs N] [--json FILE]
                         [--write docs/attribution.md]

Every model is run briefly at every level of ONNX Runtime; only the join counts, so that short runs do, and several at a time
(--jobs). What --json already holds of an earlier run is not run again. For each:

  share    part of the kernel time (all executed nodes' times) that is joined to nodes of the file
  rest     executed nodes that are joined to none, with the reason that the report gives
  work     executed nodes whose multiply-accumulates are not those of the nodes that they are joined to (of a node that the
           runtime takes apart, all its parts together)
  claims   executed nodes without multiply-accumulates that are joined to several nodes, some with them
  missing  nodes with multiply-accumulates that no executed node computes

`--plan` executes nothing: shares are then of the nodes, not of their time. `--static` does without the runtime: its graph is
costscan's own model of the optimiser, shares are of the predicted time, and a calibration has to be there (`costscan calibrate`).
Exit code 1 where a share is below 99% or work does not agree.
"""
import argparse
import concurrent.futures
import json
import pathlib
import sys
import threading

from common import BIG, COMMAND, Failed, corpus_folder, report_of, write_between

LEVELS = ["disabled", "basic", "extended", "all"]
BAR = 0.99
# The join says so where the runtime added a node of its own, which repeats the work of none.
ADDED = "added by the runtime"


def analyse(command: str, model: pathlib.Path, level: str, options: argparse.Namespace) -> dict:
    """The JSON report, or {"error": why}."""
    depth = ["--plan"] if options.plan else ["--static"] if options.static else ["--seconds", options.seconds]
    try:
        return report_of(command, model, "--runtime-level", level, "--timeout", options.timeout, *depth)
    except Failed as why:
        return {"error": str(why)}


def audit_work(report: dict, model: pathlib.Path, tolerance: float) -> dict:
    """Multiply-accumulates of executed nodes against those of the nodes that they are joined to."""
    nodes, claims = report["nodes"], []
    # Executed nodes that share a node of the file are judged together: the runtime may take one node apart.
    groups: list = []
    group_of: dict = {}
    for run in report["runtime"]:
        rows = [row for row in run["rows"] if nodes[row]["macs"]]
        if not run["rows"] or run["join"].startswith(ADDED) or not (rows or run["macs"]):
            continue
        if rows and not run["macs"] and len(run["rows"]) > 1:
            claims.append(f"{run['runtime_node']} ({run['op_type']}): {len(run['rows'])} nodes, with {name_of(nodes, rows[0])}")
            continue
        found = {group_of[row] for row in rows if row in group_of}
        target = found.pop() if found else len(groups)
        if target == len(groups):
            groups.append({"runs": [], "rows": set()})
        for other in found:
            groups[target]["runs"] += groups[other]["runs"]
            groups[target]["rows"] |= groups[other]["rows"]
            groups[other] = {"runs": [], "rows": set()}
        groups[target]["runs"].append(run)
        groups[target]["rows"].update(rows)
        for row in groups[target]["rows"]:
            group_of[row] = target
    wrong = []
    for group in groups:
        if any(run["macs"] is None for run in group["runs"]):
            continue
        ours, theirs = sum(run["macs"] for run in group["runs"]), sum(nodes[row]["macs"] for row in group["rows"])
        if theirs <= ours <= theirs * padding(group, nodes) * (1 + 1e-9):
            continue
        if abs(theirs - ours) > tolerance * max(theirs, ours):
            run = group["runs"][0]
            more = f" and {len(group['runs']) - 1} more" if len(group["runs"]) > 1 else ""
            wrong.append(f"{run['runtime_node']} ({run['op_type']}){more}: {ours} MACs, the nodes {theirs}")
    missing = [name_of(nodes, row) for row, node in enumerate(nodes)
               if node["macs"] and row not in group_of and not is_folded(report, model, node)]
    return {"work": wrong, "claims": claims, "missing": missing}


def is_folded(report: dict, model: pathlib.Path, node: dict) -> bool:
    """Whether constants and shapes alone decide a node of the main graph: the runtime folds it where shapes are fixed."""
    if node["subgraph"] or any(dim["origin"] != "derived" for dim in report["dims"]):
        return False
    import onnx

    graph = onnx.load(str(model), load_external_data=False).graph
    made_by = {output: made for made in graph.node for output in made.output}
    data = {entry.name for entry in graph.input} - {entry.name for entry in graph.initializer}
    pending, seen = list(node["inputs"]), set()
    while pending:
        name = pending.pop()
        if name in data:
            return False
        made = made_by.get(name)
        if name in seen or made is None or made.op_type in ("Shape", "Size"):
            continue
        seen.add(name)
        pending += made.input
    return True


def padding(group: dict, nodes: list) -> float:
    """What blocked kernels compute more than asked for at most: they round channels up to blocks of 16."""
    if any(run["domain"] != "com.microsoft.nchwc" for run in group["runs"]):
        return 1.0
    most = 1.0
    for row in group["rows"]:
        node, factor = nodes[row], 1.0
        for shapes in (node["input_shapes"], node["output_shapes"]):
            dims = shapes.split(";")[0].split("x")
            channels = int(dims[1]) if len(dims) > 1 else 1
            factor *= -(-channels // 16) * 16 / channels
        most = max(most, factor)
    return most


def name_of(nodes: list, row: int) -> str:
    node = nodes[row]
    return node["node_name"] or f"{node['op_type']} #{node['node_index']}"


def examine(report: dict, model: pathlib.Path, options: argparse.Namespace) -> dict:
    if "error" in report:
        return report
    status = report["measurement"]["status"]
    if options.static and not report["runtime"]:
        return {"error": "no modelled plan: there is no calibration of this machine (costscan calibrate)"}
    if status not in ("ok", "planned") and not options.static:
        return {"error": f"{status}: {report['measurement']['reason']}"}
    if options.static:
        weight = lambda run: run["predicted_us"] or 0.0  # noqa: E731
    else:
        weight = (lambda run: 1.0) if options.plan else (lambda run: run["measured_us"] or 0.0)
    total = sum(map(weight, report["runtime"]))
    rest = [run for run in report["runtime"] if not run["rows"]]
    lost = sum(map(weight, rest))
    return {
        "executed": len(report["runtime"]),
        "share": 1 - lost / total if total > 0 else 1.0,
        "rest": [f"{run['runtime_node']} ({run['op_type']}): {run['join']}" for run in rest],
        "regions": sum(len(run["rows"]) > 1 and not run["join"].startswith(ADDED) for run in report["runtime"]),
        "unnamed": [run["op_type"] for run in report["runtime"]
                    if len(run["rows"]) > 1 and not run["join"].startswith(ADDED) and not run["fusion"]],
        **audit_work(report, model, options.tolerance),
    }


def cell(found: dict) -> str:
    if "error" in found:
        return "—"
    faults = [f"{len(found[kind])} {kind}" for kind in ("work", "claims", "missing") if found[kind]]
    return f"{100 * found['share']:.2f}% of {found['executed']}" + (f" ({', '.join(faults)})" if faults else "")


def table(results: dict, levels: list) -> str:
    lines = ["| model | " + " | ".join(levels) + " |", "| --- |" + " ---: |" * len(levels)]
    for model, by_level in results.items():
        lines.append(f"| {model} | " + " | ".join(cell(by_level[level]) for level in levels) + " |")
    return "\n".join(lines)


def notes(results: dict) -> str:
    """Everything that is not as it should be, and what could not be run, each once."""
    lines = []
    for model, by_level in results.items():
        for level, found in by_level.items():
            if "error" in found:
                lines.append(f"- {model}, {level}: {found['error']}")
                continue
            for kind in ("rest", "work", "claims", "missing"):
                shown = found[kind][:3]
                if shown:
                    more = f", and {len(found[kind]) - 3} more" if len(found[kind]) > 3 else ""
                    lines.append(f"- {model}, {level}, {kind}: {'; '.join(shown)}{more}")
    return "\n".join(lines) or "- nothing"


def run_all(folder: pathlib.Path, names: list, levels: list, options: argparse.Namespace) -> dict:
    """By model and level; kept in --json after each, so that an end before time loses nothing."""
    kept = json.loads(options.json.read_text(encoding="utf-8")) if options.json and options.json.exists() else {}
    lock = threading.Lock()

    def run_one(name: str, level: str) -> None:
        if level in kept.get(name, {}):
            return
        model = folder / f"{name}.onnx"
        found = examine(analyse(options.command, model, level, options), model, options)
        with lock:
            kept.setdefault(name, {})[level] = found
            print(f"{name:32} {level:9} {cell(found)}", file=sys.stderr, flush=True)
            if options.json:
                options.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(lambda pair: run_one(*pair), [(name, level) for name in names for level in levels]))
    return {name: {level: kept[name][level] for level in levels} for name in names}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", default=str(COMMAND))
    parser.add_argument("--models", help="names joined by commas; all of the corpus that are not billions of parameters")
    parser.add_argument("--levels", default=",".join(LEVELS))
    parser.add_argument("--seconds", type=float, default=0.2, help="timed seconds of each session")
    parser.add_argument("--timeout", type=float, default=600)
    parser.add_argument("--tolerance", type=float, default=0.001, help="of multiply-accumulates, relative")
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument("--plan", action="store_true", help="execute nothing")
    depth.add_argument("--static", action="store_true", help="do without the runtime: the modelled plan, predicted times")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; a model of billions takes 20 GB alone")
    parser.add_argument("--json", type=pathlib.Path, help="keep here all that was found")
    parser.add_argument("--write", type=pathlib.Path, help="put the table into this page")
    options = parser.parse_args()
    folder = corpus_folder()
    if not folder.is_dir():
        print(f"attribution: no corpus at {folder}; set COSTSCAN_SHARED", file=sys.stderr)
        return 3
    names = options.models.split(",") if options.models else sorted(
        path.stem for path in folder.glob("*.onnx") if options.static or path.stem not in BIG)
    levels = options.levels.split(",")
    results = run_all(folder, names, levels, options)
    text = table(results, levels) + "\n\nWhat is not at 100%, or could not be run:\n\n" + notes(results)
    print(text)
    if options.write:
        write_between(options.write, "bench/attribution.py", text)
    good = all(found["share"] >= BAR and not (found["work"] or found["claims"] or found["missing"])
               for by_level in results.values() for found in by_level.values() if "error" not in found)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
