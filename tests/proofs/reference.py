"""Reference kernels: their `run` signatures, one build for values and one that counts, and calls through ctypes."""

import concurrent.futures
import ctypes
import dataclasses
import hashlib
import pathlib
import re
import subprocess

import numpy as np

POINTERS = {
    "In": np.float32, "Out": np.float32, "Held": np.float32, "HeldIn": np.float32, "InIndices": np.int64, "OutIndices": np.int64,
    "InIndices32": np.int32, "InFlags": np.bool_, "OutFlags": np.bool_, "InCodes": np.uint8, "OutCodes": np.uint8,
    "InSignedCodes": np.int8, "OutSignedCodes": np.int8, "InSums": np.int32, "OutSums": np.int32,
    "HeldSums": np.int32, "InPacked": np.uint8, "HeldIndices": np.int64, "OutIndices32": np.int32,
    "InWide": np.float64, "OutWide": np.float64, "OutBits": np.uint32,
}  # fmt: skip
MATHEMATICS = re.compile(r"^(?:inline )?float (\w+)\(float", re.M)
INCLUDED = re.compile(r'^#include "../templates/([\w.]+)"', re.M)
CALLED = re.compile(r"KERNEL_AS\(([\w.]+),\s*(\w+)")
CALLED_BY_NAME = re.compile(r"KERNEL\((\w+)")
FUNCTION = re.compile(r"^void (\w+)\(([^)]*)\)", re.M)
PLAIN, COUNTED = "plain", "counted"


@dataclasses.dataclass
class Kernel:
    name: str
    parameters: list  # (type, name)

    @property
    def integers(self):
        return [name for kind, name in self.parameters if kind in ("Index", "bool")]

    @property
    def held(self):
        return [name for kind, name in self.parameters if kind.startswith("Held")]


@dataclasses.dataclass
class Execution:
    """One line of the counting log."""

    kernel: str
    function: str
    integers: list
    flops: int
    transcendentals: int
    int_ops: int
    streamed_read: int
    streamed_write: int
    read: int
    write: int


class References:
    """All files below costmodels/reference, compiled in a few batches."""

    def __init__(self, folder, build, compiler, only=None):
        self.folder = pathlib.Path(folder)
        self.files = {
            f"{path.parent.name}/{path.stem}": path
            for path in sorted(self.folder.glob("*/*.cpp"))
            if only is None or f"{path.parent.name}/{path.stem}" in only
        }
        self.functions = {op: functions_of([*self.units(op)][::-1]) for op in self.files}
        self.libraries = compile_all(self, pathlib.Path(build), compiler)

    def units(self, op):
        """The operator's file, and the templates that it includes, itself or by others."""
        units, waiting = [], [self.files[op]]
        while waiting:
            path = waiting.pop(0)
            if path not in units:
                units.append(path)
                waiting += [self.folder / "templates" / name for name in INCLUDED.findall(path.read_text())]
        return units

    def called(self, op):
        """Functions that run as kernels."""
        text = "".join(path.read_text() for path in self.units(op))
        return {name for _, name in CALLED.findall(text)} | {name for name in CALLED_BY_NAME.findall(text)}

    @staticmethod
    def defined(path):
        return [name for name, _ in FUNCTION.findall(path.read_text())]

    def run(self, op, mode, tensors, numbers, optional):
        """Calls `run`; tensors are contiguous arrays by parameter name (None: absent), which it fills. `optional`: names
        that other cases of the operator give."""
        pointers, integers, reals = [], [], []
        for kind, name in self.functions[op]["run"].parameters:
            if kind in POINTERS:
                if name not in tensors and name not in optional:
                    raise ValueError(f"{op}: nothing says what run's {name} is: add it to `scratch` of the case")
                array = tensors.get(name)
                if array is not None and array.dtype != POINTERS[kind]:
                    raise ValueError(f"{op}: run's {name} is {kind}, but the tensor is {array.dtype}")
                pointers.append(None if array is None else array.ctypes.data)
            elif name not in numbers:
                raise ValueError(f"{op}: nothing says what run's {name} is: add it to `arguments` of the case")
            elif kind == "real":
                reals.append(float(numbers[name]))
            else:
                integers.append(int(numbers[name]))
        call = getattr(self.libraries[op][mode], symbol(op))
        call.restype = ctypes.c_char_p
        log = call(
            (ctypes.c_void_p * max(len(pointers), 1))(*pointers),
            (ctypes.c_longlong * max(len(integers), 1))(*integers),
            (ctypes.c_double * max(len(reals), 1))(*reals),
        )
        return [execution(line) for line in log.decode().splitlines()]


def execution(line):
    names, arguments, counts = line.split("|")
    return Execution(*names.split(), [int(word) for word in arguments.split()], *(int(word) for word in counts.split()))


def functions_of(paths):
    found = {}
    for path in paths:
        for name, parameters in FUNCTION.findall(path.read_text()):
            if name in found:
                raise ValueError(f"{path}: {name} is defined twice; give the second another name and call it by KERNEL_AS")
            split = [parameter.split() for parameter in parameters.split(",")] if parameters.strip() else []
            found[name] = Kernel(name, [(kind, called) for kind, called in split])
    if "run" not in found:
        raise ValueError(f"{paths[-1]}: no function run")
    return found


def symbol(op):
    return "run_" + re.sub(r"\W", "_", op)


def thunk(references, op):
    """One file in a namespace of its own, and a C entry that unpacks run's arguments."""
    counters = dict.fromkeys(("pointers", "integers", "reals"), 0)
    arguments = []
    for kind, _ in references.functions[op]["run"].parameters:
        source = "pointers" if kind in POINTERS else "reals" if kind == "real" else "integers"
        given = f"{source}[{counters[source]}]"
        counters[source] += 1
        arguments.append({"pointers": f"pointer<{kind}>({given})", "reals": f"real(float({given}))"}.get(source, f"{kind}({given})"))
    space = symbol(op) + "_kernels"
    return f"""
namespace {space} {{
FUNCTIONS
#include "{references.files[op].resolve()}"
}}
extern "C" const char* {symbol(op)}(void** pointers, long long* integers, double* reals) {{
  (void)pointers, (void)integers, (void)reals;
  start();
  {space}::run({", ".join(arguments)});
  return finish();
}}
"""


PREAMBLE = """// Written by tests/proofs/reference.py.
#include "{header}"
#ifdef COSTSCAN_COUNTING
#define FUNCTIONS
template <class P>
P pointer(void* at) {{ return P(static_cast<decltype(P(nullptr).get())>(at)); }}
inline void start() {{ counting::log() = {{}}; }}
inline const char* finish() {{ return counting::log().lines.c_str(); }}
#else
#define FUNCTIONS {functions}
float rsqrt(float x) {{ return 1.0F / __builtin_sqrtf(x); }}
template <class P>
P pointer(void* at) {{ return static_cast<P>(at); }}
inline void start() {{}}
inline const char* finish() {{ return ""; }}
#endif
"""


def compile_all(references, build, compiler, batch=40):
    """Both builds, in batches that compile side by side; a batch whose text has not changed is not compiled again."""
    build.mkdir(parents=True, exist_ok=True)
    headers = "".join(path.read_text() for path in sorted([*references.folder.glob("*.hpp"), *references.folder.glob("templates/*.hpp")]))
    header = (references.folder / "reference.hpp").resolve()
    # Kernels may have names of mathematical functions themselves: their namespaces need those beside them.
    functions = " ".join(f"using ::{name};" for name in MATHEMATICS.findall(header.read_text()))
    preamble = PREAMBLE.format(header=header, functions=functions)
    ops = list(references.files)
    jobs = []
    for start in range(0, len(ops), batch):
        members = ops[start : start + batch]
        text = preamble + "".join(thunk(references, op) for op in members)
        content = "".join(references.files[op].read_text() for op in members)
        for mode in (PLAIN, COUNTED):
            key = hashlib.sha256((compiler + mode + headers + text + content).encode()).hexdigest()[:16]
            jobs.append((members, mode, text, build / f"{mode}-{key}"))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        built = list(pool.map(lambda job: compile_one(compiler, *job[1:]), jobs))
    libraries = {}
    for (members, mode, *_), library in zip(jobs, built):
        for op in members:
            libraries.setdefault(op, {})[mode] = library
    return libraries


def compile_one(compiler, mode, text, stem):
    library = stem.with_suffix(".so")
    if not library.exists():
        source = stem.with_suffix(".cpp")
        source.write_text(text)
        flags = ["-std=c++20", "-fPIC", "-shared", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"]
        flags += ["-O0", "-DCOSTSCAN_COUNTING"] if mode == COUNTED else ["-O0"]  # compiling takes longer than running
        partial = stem.with_suffix(".partial")
        done = subprocess.run([compiler, *flags, "-o", str(partial), str(source)], capture_output=True, text=True)
        if done.returncode != 0:
            raise ValueError(f"the {mode} build of the reference kernels failed:\n" + done.stderr[:4000])
        partial.rename(library)
    return ctypes.CDLL(str(library))
