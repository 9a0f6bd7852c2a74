"""The table of proofs: cases/*.toml → concrete nodes with drawn shapes, attributes and contents. See README.md."""

import dataclasses
import math
import pathlib
import re
import tomllib
import zlib

import numpy as np

import contents
import decoders

TENSOR = re.compile(r"^(?:(?P<dtype>[a-z]+\d*))?\[(?P<dims>(?:[^\[\]]|\[[^\[\]]*\])*)\]\s*(?:(?P<low>\S+)\.\.(?P<high>\S+))?\s*(?P<known>:?=\s*(?P<contents>.*))?$")
FOLDERS = {"": "onnx"}
DTYPES = {"float32": np.float32, "int64": np.int64, "int32": np.int32, "int8": np.int8, "uint8": np.uint8, "bool": np.bool_,
          "uint32": np.uint32, "float64": np.float64}


@dataclasses.dataclass
class Node:
    """One drawn instance of a case."""

    name: str
    case: dict
    op: str
    domain: str
    opset: int
    symbols: dict
    attrs: dict
    inputs: dict  # name → array, or None where omitted
    constants: set  # names of inputs that are initializers
    outputs: list  # names, "" where not asked for
    scratch: dict  # name → array
    numbers: dict  # what run's scalar parameters stand for


def load(folder):
    """Cases of all files, families expanded to one case per operator."""
    cases = []
    for path in sorted(pathlib.Path(folder).glob("*.toml")):
        with path.open("rb") as file:
            try:
                table = tomllib.load(file)
            except tomllib.TOMLDecodeError as error:
                raise ValueError(f"{path}: {error}") from error
        for case in table["case"]:
            for op in case.get("ops") or [case["op"]]:
                one = {**table.get("defaults", {}), **case, "op": op, "file": path.name}
                one.setdefault("domain", "")
                cases.append(one)
    seen = {}
    for case in cases:
        key = operator(case)
        seen[key] = seen.get(key, 0) + 1
        case["id"] = f"{key}/{case.get('name', seen[key])}"
    return cases


def operator(case):
    """folder/Op, as the cost models and reference kernels are named."""
    return f"{FOLDERS.get(case['domain'], case['domain'])}/{case['op']}"


def value_of(expression, names, where):
    """A Python expression of this table, over the drawn symbols and numpy (np)."""
    try:
        return eval(expression, {"np": np, "erf": ERF, "gradient": gradient, **CONTENTS, **names})  # noqa: S307: our own table
    except Exception as error:
        raise ValueError(f"{where}: {expression!r}: {error}") from error


def gradient(function, x, weights, step=1e-6):
    """d sum(weights*function(x)) / dx by central differences in double precision."""
    x = np.asarray(x, dtype=np.float64)
    result = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[at] += sign*step
            ends.append(np.sum(weights*function(moved)))
        result[at] = (ends[0] - ends[1])/(2*step)
    return result


ERF = np.vectorize(math.erf, otypes=[float])
CONTENTS = {name: value for module in (contents, decoders) for name, value in vars(module).items()
            if callable(value) and not name.startswith("_")}


def draw(case, count):
    """`count` instances of a case; the same ones in every run."""
    return [draw_one(case, index, np.random.default_rng(zlib.crc32(f"{case['id']}#{index}".encode()))) for index in range(count)]


def draw_one(case, index, rng):
    where = f"{case['file']}: {case['id']}"
    symbols = {"rng": rng}
    for name, choice in case.get("draw", {}).items():
        if isinstance(choice, str):
            symbols[name] = value_of(choice, symbols, where)
        elif len(choice) == 2:
            symbols[name] = int(rng.integers(choice[0], choice[1] + 1))
        else:
            symbols[name] = int(rng.choice(choice))
    attrs = {name: resolved(value, symbols, where) for name, value in case.get("attrs", {}).items()}
    numbers = {name: resolved(value, {**symbols, **attrs}, where) for name, value in case.get("arguments", {}).items()}
    names = {**attrs, **symbols, **numbers}
    inputs, constants = {}, set()
    for name, text in case.get("inputs", {}).items():
        inputs[name], constant = tensor(text, {**names, **inputs}, rng, f"{where}: {name}")
        if constant:
            constants.add(name)
    scratch = {name: tensor(text, {**names, **inputs}, None, f"{where}: {name}")[0] for name, text in case.get("scratch", {}).items()}
    return Node(f"{case['id']}#{index}", case, case["op"], case["domain"], case.get("opset", 1 if case["domain"] else 23), symbols,
                attrs, inputs, constants, list(case.get("outputs", ["Y"])), scratch,
                {k: v for k, v in names.items() if k != "rng"})


def resolved(value, names, where):
    return value_of(value[1:], names, where) if isinstance(value, str) and value.startswith("=") else value


def tensor(text, names, rng, where):
    """`float32[B,H] -2..2`, `int64[2] = [0, H]` (initializer), `int64[2] := [0, H]`, `omitted`: the array and whether it is an initializer."""
    if text == "omitted":
        return None, False
    found = TENSOR.match(text)
    if not found:
        raise ValueError(f"{where}: {text!r} is no tensor: write float32[B,H] -2..2 or int64[1] = [0]")
    dtype = DTYPES[found["dtype"] or "float32"]
    dims = found["dims"].strip()
    shape = tuple(int(d) for d in value_of(f"[{dims}]", names, where)) if dims else ()
    if found["contents"]:
        return np.array(value_of(found["contents"], names, where), dtype=dtype).reshape(shape), found["known"].startswith("=")
    if rng is None:
        return np.full(shape, np.nan if dtype == np.float32 else 0, dtype=dtype), False
    low, high = (value_of(found[end], names, where) if found[end] else None for end in ("low", "high"))
    if dtype == np.bool_:
        return rng.integers(0, 2, shape).astype(np.bool_), False
    if dtype == np.float32:
        return rng.uniform(-1 if low is None else low, 1 if high is None else high, shape).astype(np.float32), False
    low, high = (np.iinfo(dtype).min if low is None else low), (np.iinfo(dtype).max if high is None else high)
    return rng.integers(low, high, shape, dtype=dtype, endpoint=True), False
