"""The operators that ONNX Runtime itself can execute, against the list that costscan carries.

usage: runtime_operators.py LIST [--write]   (LIST: costmodels/runtime_operators.txt)
`cpu` holds the operators with a kernel of the CPU provider, `elsewhere` those that the runtime defines for other
providers only. Exit code 1: the list is not that of the installed runtime; 77: no runtime, or another version.
"""

import os
import sys
from collections import defaultdict
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
try:
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as runtime
except ImportError as missing:
    print(f"SKIP: {missing} (scripts/requirements-test.txt lists the packages)")
    sys.exit(77)

HEADER = """\
# Operators that ONNX Runtime registers, by their file in costmodels/. cpu: with a kernel of the CPU provider; elsewhere:
# defined by the runtime, executed by other providers only. Written by tests/oracle/runtime_operators.py --write;
# ctest -L oracle compares it with the runtime.
"""


def folder(domain):
    return "onnx" if domain in ("", "ai.onnx") else domain


def registered():
    """→ the lines of the list, as the installed runtime has it."""
    cpu, defined = set(), set()
    for kernel in runtime.get_all_opkernel_def():
        if kernel.provider == "CPUExecutionProvider":
            cpu.add(f"{folder(kernel.domain)}/{kernel.op_name}")
    for schema in runtime.get_all_operator_schema():
        # com.ms.internal.nhwc repeats ONNX's own operators in another layout, inside other providers.
        if schema.domain.startswith("com.microsoft"):
            defined.add(f"{folder(schema.domain)}/{schema.name}")
    lines = [f"cpu {name}" for name in sorted(cpu)] + [f"elsewhere {name}" for name in sorted(defined - cpu)]
    return [f"runtime ONNX Runtime {onnxruntime.__version__}", *lines]


def main():
    path = Path(sys.argv[1])
    now = registered()
    if "--write" in sys.argv[2:]:
        path.write_text(HEADER + "".join(line + "\n" for line in now))
    listed = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    if listed[0] != now[0]:
        print(f"SKIP: {path.name} is of {listed[0]}, installed is {now[0]}")
        return 77
    wrong = sorted(set(listed) ^ set(now))
    for line in wrong:
        print(f"{line}: {'listed, but not in the runtime' if line in listed else 'in the runtime, but not listed'}")
    cpu = sum(line.startswith("cpu ") for line in now)
    print(f"{now[0]}: {cpu} operators with a CPU kernel, {len(wrong)} differences from {path.name}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
