"""The table that proofs.py prints: each floating-point model, what proves it, and what is not proven and why."""

import re
import tomllib

import onnx

FLOATING = re.compile(r"^\s+(flops|arith|transcendentals):", re.M)
VECTOR = re.compile(r"(?:^|[{,])\s*(op|domain):\s*\"?([\w.]*)\"?", re.M)


def takes_floats(folder, op, text):
    """Whether an operator that counts `arith` (FLOPs or integer operations, by type) can have floating operands at all."""
    if folder != "onnx" or re.search(r"^\s+flops:", text, re.M):
        return True
    if not onnx.defs.has(op):  # of an old experiment
        return True
    schema = onnx.defs.get_schema(op)
    types = {one for constraint in schema.type_constraints for one in constraint.allowed_type_strs}
    types |= {one for operand in schema.inputs for one in operand.types}
    return any("float" in one or "double" in one for one in types)


def floating_models(root):
    """folder/Op of every model that counts floating-point work, itself or through a template."""
    folder = root / "costmodels"
    templates = {path.stem: bool(FLOATING.search(path.read_text())) for path in (folder / "templates").glob("*.yaml")}
    found = []
    for path in sorted(folder.glob("*/*.yaml")):
        if path.parent.name in ("templates", "machines", "source"):
            continue
        text = path.read_text()
        uses = re.findall(r"use:\s*(\w+)", text)
        counts = FLOATING.search(text) or any(templates.get(name) for name in uses)
        if counts and re.search(r"^op:", text, re.M) and takes_floats(path.parent.name, path.stem, text):
            found.append(f"{path.parent.name}/{path.stem}")
    return found


def vector_counts(root):
    """folder/Op → hand-derived vectors (tests/vectors, run by their own test)."""
    counts = {}
    for path in (root / "tests/vectors").glob("*.yaml"):
        for entry in re.split(r"^- ", path.read_text(), flags=re.M)[1:]:
            fields = dict(reversed(VECTOR.findall(entry)))  # the first of each
            key = f"{fields.get('domain') or 'onnx'}/{fields.get('op')}"
            counts[key] = counts.get(key, 0) + 1
    return counts


def report(options, table, references, results):
    vectors = vector_counts(options.root)
    models = floating_models(options.root)
    with (options.root / "tests/proofs/not_proven.toml").open("rb") as file:
        excused = tomllib.load(file)
    problems = []
    print(f"{'op':<46}{'vectors':>8}{'source':>8}{'counted':>8}{'values':>20}{'nodes':>7}  FLOPs by source")
    for op in sorted(results.ops):
        one = results.ops[op]
        problems += one["counted"] + one["source"] + one["values"]
        source = "partly" if one["partly"] and not one["source"] else verdict(one["nodes"], one["source"], one["derived"] > 0)
        said = [source, verdict(one["nodes"], one["counted"], True),
                "+".join(sorted(one["oracles"])) if one["nodes"] and not one["values"] else "FAIL"]
        print(f"{op:<46}{vectors.get(op, 0) or '-':>8}{said[0]:>8}{said[1]:>8}{said[2]:>20}{one['nodes']:>7}  {closed_form(one)}")
        for why in sorted(one["underived"] | one["partly"]):
            print(f"{'':<6}source: {why}")
        if one["bounded"]:
            print(f"{'':<6}source: the model lies within the bounds of {', '.join(sorted(one['bounded']))}, which contents decide")
        for kernel, measure, beyond, why in sorted(one["differs"]):
            print(f"{'':<6}{kernel}: {measure} {beyond if beyond == 'at most' else '+ ' + beyond}: {why}")
    if not options.only:
        problems += summary(options, models, excused, results, vectors, references)
    for problem in problems[:60]:
        print("PROBLEM", problem)
    if len(problems) > 60:
        print(f"PROBLEM {len(problems) - 60} more")
    return 1 if problems else 0


def summary(options, models, excused, results, vectors, references):
    problems = []
    proven = [op for op in models if holds(results.ops.get(op))]
    reasons = {op: why for group in excused.get("reason", []) for op in group["ops"] for why in [group["why"]]}
    missing = {}
    for op in models:
        if op not in results.ops:
            missing.setdefault(reasons.get(op, "no reason given"), []).append(op)
            if op not in reasons:
                problems.append(f"{op}: neither a case in tests/proofs/cases nor a reason in tests/proofs/not_proven.toml")
    for why, ops in missing.items():
        print(f"not proven: {why}: {' '.join(ops)}")
    problems += [f"not_proven.toml: {op} has cases now, or is no floating-point model" for op in reasons if op in results.ops or op not in models]
    problems += [f"costmodels/reference/{op}.cpp has no case in tests/proofs/cases" for op in references.files if op not in results.ops]
    extra = len([op for op in results.ops if op not in models])
    derived = sum(1 for op in proven if results.ops[op]["derived"])
    partly = sum(1 for op in proven if results.ops[op]["partly"])
    print(f"{len(proven)} of {len(models)} floating-point models proven by counting and values, {derived} of them by source "
          f"({partly} in all but bytes that contents decide), "
          f"{sum(1 for op in proven if vectors.get(op))} by vectors; {extra} other models have reference kernels too")
    return problems


def closed_form(one):
    forms = [f"{name} {form}" for name, form in one["forms"].items() if form not in ("", "0")]
    return "; ".join(forms) if all(len(form) < 60 for form in forms) else "; ".join(form[:60] for form in forms) + " ..."


def holds(one):
    return one is not None and one["nodes"] > 0 and not (one["counted"] or one["values"] or one["source"])


def verdict(nodes, problems, done):
    return "FAIL" if problems else ("yes" if nodes and done else "-")
