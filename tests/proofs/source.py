"""The second proof: what `costscan source` derives from a reference kernel's text, without executing it.

Each file is analysed once, without any dimension: the closed forms are evaluated at the arguments of every call that the
counting execution logged. Where there is no closed form, the analysis is asked again with the dimensions given.
"""

import json
import pathlib
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import costs

FORMS = {"flops": "flops", "transcendentals": "transcendentals", "int_ops": "int_ops"}
TIMEOUT = 60  # seconds of one analysis
CONDITION = re.compile(r"\[([^\[\]]*)\]")
NOT_COMPARED = "not compared"
LEFT_OUT = "left out"
ARITHMETIC = {
    "floor_div": lambda a, b: a // b,
    "ceil_div": lambda a, b: -(-a // b),
    "floor_log2": lambda n: int(n).bit_length() - 1,
    "ceil_log2": lambda n: (int(n) - 1).bit_length(),
    "min": min,
    "max": max,
    "holds": int,
}


class Sources:
    """Reports of `costscan source`, by file and function: only the functions that `run` calls as kernels."""

    def __init__(self, command, references, ops):
        self.command, self.references = command, references
        self.asked, self.wanted = {}, set()
        self.available = supported(command)
        if self.available:
            units = sorted({unit for op in ops for unit in references.units(op)})
            called = set().union(*(references.called(op) for op in ops)) if ops else set()
            with ThreadPoolExecutor(2) as pool:
                self.reports = dict(zip(units, pool.map(lambda unit: self.analyse(unit, called & set(references.defined(unit))), units)))

    def analyse(self, unit, functions, dims=()):
        """function → report, or a text that says why there is none."""
        if not functions:
            return {}
        arguments = [self.command, "source", str(unit), "--report", "json"]
        for function in sorted(functions):
            arguments += ["--function", function]
        for name, value in dims:
            arguments += ["--dim", f"{name}={value}"]
        try:
            done = subprocess.run(arguments, capture_output=True, text=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return f"costscan source {unit.name}: no answer within {TIMEOUT} s"
        if done.returncode not in (0, 1):
            return f"costscan source {unit.name}: exit code {done.returncode}: {done.stderr.strip()[:300]}"
        # A mathematical function of reference.hpp may have a kernel's name too.
        entries = [entry for entry in json.loads(done.stdout)["functions"] if pathlib.Path(entry["file"]).resolve() == unit.resolve()]
        return {entry["function"]: entry for entry in entries}

    def entry(self, op, function, dims=()):
        """The function's report, from the operator's file or from one that it includes; a text where there is none."""
        problem = f"no function {function}"
        for unit in self.references.units(op):
            report = self.reports[unit]
            if isinstance(report, str):
                problem = report
            elif function in report:
                return self.concrete(unit, function, dims) if dims else report[function]
        return problem

    def form(self, op, function):
        """The closed form of the function's FLOPs, "" where it has none."""
        entry = self.entry(op, function)
        return "" if isinstance(entry, str) else entry["formulas"]["flops"] or ""

    def concrete(self, unit, function, dims):
        """None where it is yet to be asked for."""
        key = (unit, function, dims)
        if key not in self.asked:
            self.wanted.add(key)
        return self.asked.get(key)

    def fetch(self):
        """Analyses what has been asked for with dimensions, side by side."""
        keys = sorted(self.wanted, key=str)
        with ThreadPoolExecutor(2) as pool:
            for key, report in zip(keys, pool.map(lambda key: self.analyse(key[0], [key[1]], key[2]), keys)):
                self.asked[key] = report if isinstance(report, str) else report[key[1]]
        self.wanted.clear()

    def count(self, op, kernel, line, streamed, ask):
        """Measures of one executed call; a text where the analysis has no number, None where it has to be fetched first. Where
        there is no closed form, each call needs an analysis of its own: LEFT_OUT unless `ask`."""
        entry = self.entry(op, kernel.name)
        if isinstance(entry, str):
            return entry
        if entry["unsupported"]:
            first = entry["unsupported"][0]
            return f"{kernel.name}: line {first['line']}: {first['what']}"
        names = dict(zip(kernel.integers, line.integers))
        counted = {measure: value(entry, form, names) for measure, form in FORMS.items()}
        codes = integers_are_data(kernel)
        if not codes:
            counted["int_ops"] = 0
        for measure, ending in (("read", "read_bytes"), ("write", "write_bytes")):
            counted[measure] = moved(entry, ending if streamed else f"distinct_{ending}", kernel.held, names)
        if codes is None:
            counted["int_ops"] = NOT_COMPARED
        missing = [measure for measure, known in counted.items() if known is None]
        if not missing:
            return counted
        if not ask:
            return LEFT_OUT
        full = self.entry(op, kernel.name, tuple(sorted(names.items())))
        if full is None or isinstance(full, str):
            return full
        for measure, form in FORMS.items():
            counted[measure] = number(full, form) if counted[measure] is None else counted[measure]
        for measure, ending in (("read", "read_bytes"), ("write", "write_bytes")):
            if counted[measure] is None:
                counted[measure] = moved(full, ending if streamed else f"distinct_{ending}", kernel.held, names)
        return counted


def supported(command):
    done = subprocess.run([command, "--help"], capture_output=True, text=True)
    return re.search(r"^\s+source\s", done.stdout, re.M) is not None


def integers_are_data(kernel):
    """Whether integer operations are compared: True where integers are quantised codes. An index that comes from memory is
    data to the source analysis too, and so is unpacking; the conventions call both addressing: None where codes meet those."""
    kinds = {kind for kind, _ in kernel.parameters}
    addressing = "InPacked" in kinds or any("Indices" in kind for kind in kinds)
    return None if addressing else any("Codes" in kind or "Sums" in kind for kind in kinds)


def moved(entry, measure, held, names):
    """Bytes of all arrays but those that stay in registers; a pair of bounds where contents decide some."""
    total = 0
    for array in entry["arrays"]:
        if array["name"] not in held:
            part = value(array, measure, names)
            part = number(array, measure) if part is None else part
            if part is None:
                return None
            total = costs.plus(total, part)
    return total


def number(entry, measure):
    """The number, or the bounds (lower, upper) where contents decide it; None where neither is known."""
    known = entry[measure]
    if isinstance(known, dict) and isinstance(known.get("lower"), int) and isinstance(known.get("upper"), int):
        return known["lower"], known["upper"]
    return known if isinstance(known, int) else None


def value(entry, measure, names):
    """The number where it is known without dimensions, else the closed form at these, or both ends of a bound (lower, upper);
    None where there is neither."""
    if isinstance(entry[measure], int):
        return entry[measure]
    formula = entry["formulas"].get(measure)
    if formula is None or "sum(" in formula:
        return None
    ends = [evaluated(part, names) for part in formula.split(" .. ")]
    if None in ends or len(ends) > 2:
        return None
    return ends[0] if len(ends) == 1 else tuple(ends)


def evaluated(formula, names):
    """A formula at given dimensions; None where it has no whole number there."""
    text = CONDITION.sub(r"holds(\1)", formula.replace("^", "**"))
    try:
        result = eval(text, {**ARITHMETIC, **{name: Fraction(given) for name, given in names.items()}})  # noqa: S307
    except (NameError, SyntaxError, TypeError, ZeroDivisionError):
        return None
    return int(result) if result == int(result) else None


def first(node):
    return node.name.endswith("#0")


def check(sources, runs, functions, results, compare):
    """Compares the sums of all calls of each run (node, operator, log, model) with the model. What the analysis cannot say
    is noted, not passed over."""
    if not sources.available:
        return
    for node, op, log, _, streamed in runs:
        for line in log:
            sources.count(op, functions[op][line.function], line, line.kernel in streamed, first(node))
    sources.fetch()
    for node, op, log, model, streamed in runs:
        into = results.of(op)
        derived = [(line.kernel, sources.count(op, functions[op][line.function], line, line.kernel in streamed, first(node)))
                   for line in log]
        if any(counted == LEFT_OUT for _, counted in derived):
            continue
        unknown = sorted({counted for _, counted in derived if isinstance(counted, str)})
        if unknown:
            into["source"] += [why for why in unknown if ": exit code " in why]
            into["underived"].add(unknown[0])
            continue
        into["derived"] += 1
        for line in log:
            into["forms"].setdefault(line.function, sources.form(op, line.function))
        into["partly"] |= {f"{kernel}.{measure} is not known from the source: contents decide" for kernel, counted in derived
                           for measure, known in counted.items() if known is None}
        into["bounded"] |= {f"{kernel}.{measure}" for kernel, counted in derived for measure, known in counted.items()
                            if isinstance(known, tuple)}
        derived = [(kernel, {m: None if known == NOT_COMPARED else known for m, known in counted.items()}) for kernel, counted in derived]
        compare(node, model, costs.by_kernel(derived), "derived from source", into, "source", set())
