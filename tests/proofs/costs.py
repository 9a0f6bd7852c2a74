"""What costscan says: the YAML models at given shapes, and costs derived from the reference kernels' source."""

import json
import subprocess

import numpy as np

import cases
import oracle

MEASURES = ("flops", "transcendentals", "int_ops", "read", "write")
YAML_FIELDS = {"flops": "flops", "transcendentals": "transcendentals", "int_ops": "int_ops", "read": "read_bytes", "write": "write_bytes"}


def run_command(command, arguments):
    done = subprocess.run([command, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError(f"costscan {' '.join(arguments)}: exit code {done.returncode}: {done.stderr.strip()[:500]}")
    return done.stdout


def of_models(command, costmodels, nodes, results, folder):
    """Node name → list of (kernel, {measure: number}); a text where the node is unknown. `results`: outputs by node name."""
    groups = {}
    costs = {node.name: explained(command, costmodels, node) for node in nodes if "explain" in node.case}
    for node in nodes:
        if "explain" in node.case:
            continue
        groups.setdefault(tuple(sorted(oracle.opset_imports(node).items())), []).append(node)
    for number, members in enumerate(groups.values()):
        path = folder / f"group{number}.onnx"
        oracle.save_group(members, [results[node.name] for node in members], path)
        text = run_command(command, [str(path), "--static", "--costmodels", str(costmodels), "--report", "json"])
        report = json.loads(text)
        texts = report["kernel_texts"]
        for row in report["nodes"]:
            if row["subgraph"] == "":
                costs[row["node_name"]] = row["unknown_reason"] or [
                    (texts[kernel["text"]]["name"], {m: kernel[field] for m, field in YAML_FIELDS.items()}) for kernel in row["kernels"]
                ]
    return costs


def kernel_number(kernel, field):
    """A quantity that a worksheet's kernel does not state is 0."""
    return next((figure["value"] for figure in kernel["figures"] if figure["quantity"] == field), 0)


def explained(command, costmodels, node):
    """The costs of an operator that no graph holds: the code path that `costscan explain` chooses at this fast memory."""
    asked = node.case["explain"]
    arguments = ["explain", node.op, "--costmodels", str(costmodels), "--report", "json"]
    arguments += ["--fast-memory", str(cases.value_of(asked["fast_memory"], node.numbers, node.name))]
    for dim in asked["dims"]:
        arguments += ["--dim", f"{dim}={node.numbers[dim]}"]
    sheet = json.loads(run_command(command, arguments))
    chosen = next(path for path in sheet["paths"] if path["chosen"])
    return [(kernel["name"], {m: kernel_number(kernel, field) for m, field in YAML_FIELDS.items()}) for kernel in chosen["kernels"]]


def by_kernel(kernels):
    """Sums of equally named kernels: an op may run one several times (an activation for each gate). None: not known."""
    sums = {}
    for name, measures in kernels:
        into = sums.setdefault(name, dict.fromkeys(MEASURES, 0))
        for measure in MEASURES:
            known = into[measure] is not None and measures[measure] is not None
            into[measure] = plus(into[measure], measures[measure]) if known else None
    return sums


def plus(one, other):
    """The sum of numbers or of bounds (lower, upper)."""
    if not isinstance(one, tuple) and not isinstance(other, tuple):
        return one + other
    ends = [each if isinstance(each, tuple) else (each, each) for each in (one, other)]
    return ends[0][0] + ends[1][0], ends[0][1] + ends[1][1]


def same_distribution(actual, wanted, limit):
    """The largest distance between both cumulative distributions (Kolmogorov and Smirnov), or None where it is within the limit."""
    if actual.shape != wanted.shape or actual.dtype != wanted.dtype:
        return f"{actual.dtype}{list(actual.shape)} instead of {wanted.dtype}{list(wanted.shape)}"
    places = np.sort(np.concatenate([actual.ravel(), wanted.ravel()]))
    shares = [np.searchsorted(np.sort(array.ravel()), places, side="right")/array.size for array in (actual, wanted)]
    distance = float(np.abs(shares[0] - shares[1]).max())
    return f"distributions are {distance:.3g} apart, above {limit:g}" if distance > limit else None


def close(actual, wanted, tolerance):
    """The largest error against max(|wanted|, 1), or None where values agree."""
    if actual.shape != wanted.shape or actual.dtype != wanted.dtype:
        return f"{actual.dtype}{list(actual.shape)} instead of {wanted.dtype}{list(wanted.shape)}"
    if wanted.dtype != np.float32:  # quantised results may round the other way where the table says so: a tolerance of 1
        apart = np.abs(actual.astype(np.int64) - wanted.astype(np.int64))
        wrong = int(np.sum(apart > int(tolerance)))
        return f"{wrong} of {wanted.size} elements differ" if wrong else None
    same = (np.isnan(actual) & np.isnan(wanted)) | (actual == wanted)
    with np.errstate(invalid="ignore"):
        error = np.where(same, 0, np.abs(actual.astype(np.float64) - wanted) / np.maximum(np.abs(wanted), 1))
    error = np.where(np.isnan(error), np.inf, error)
    worst = float(error.max(initial=0))
    return f"error {worst:.3g} above {tolerance:g}" if worst > tolerance else None
