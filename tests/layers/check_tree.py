#!/usr/bin/env python3
"""Checks what compilers do not: who includes whom, how long files are, and that nothing of one machine is in git.

Usage: check_tree.py ROOT. One line for each problem; exit code 1 where there is one. What a layer may use is read from
analyzer/CMakeLists.txt (USES), so that the build and this check cannot disagree.
"""

import pathlib
import re
import subprocess
import sys

LONGEST_FILE = 500  # 400 is the aim; what lies between is a note
LONG_FILE = 400
CODE = {".cpp", ".hpp", ".h", ".cc", ".ts", ".tsx", ".py", ".cmake", ".sh", ".yaml", ".toml"}
NOT_WRITTEN_BY_HAND = re.compile(r"lock|/generated/")
FOREIGN = re.compile(
    r"pypi\.org|python" r"hosted|registry\.npmjs|crates\.io|repo1?\.maven|proxy\.golang|deb\.debian|security\.debian"
    r"|(^|[^A-Za-z0-9_.])/(work|farm|root)/"
)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
# Of these only plain values: files/file_pieces.hpp, source/report.hpp, fingerprint/study.hpp, study/advice.hpp.
REPORTS_USE = {"model", "files", "reports", "embedded", "source", "fingerprint", "study"}


def allowed_uses(cmake_text):
    """Layer → everything that it may include: itself, what it names, and what that names."""
    named = {}
    for call in re.findall(r"^costscan_layer\(([^)]*)\)", cmake_text, re.M):
        words = call.split()
        uses = words[words.index("USES") + 1 :] if "USES" in words else []
        if "PRIVATE" in uses:
            uses = uses[: uses.index("PRIVATE")]
        named[words[0]] = ["embedded" if used == "data" else used for used in uses]
    closed = {}
    for layer in named:
        todo, seen = [layer], set()
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                todo += named.get(one, [])
        closed[layer] = seen
    return closed


def layer_of(path):
    """The layer that a file (or an include, written from analyzer/ or the root) belongs to; None for other files."""
    parts = pathlib.PurePosixPath(path).parts
    if parts and parts[0] == "analyzer":
        parts = parts[1:]
    if not parts:
        return None
    return "pipeline" if len(parts) == 1 and parts[0].startswith("pipeline.") else parts[0]


def include_problems(path, text, uses):
    mine = layer_of(path)
    steps = set(uses)
    allowed = {
        "pipeline": steps | {"pipeline"},
        "reports": REPORTS_USE,
        "cli": steps | {"pipeline", "reports", "embedded", "cli"},
    } | uses
    if mine not in allowed:
        return [f"{path}: no layer of this name in analyzer/CMakeLists.txt"]
    return [
        f'{path}: layer {mine} may not include "{included}" ({", ".join(sorted(allowed[mine]))} only)'
        for included in INCLUDE.findall(text)
        if layer_of(included) not in allowed[mine]
    ]


def is_code(path):
    return pathlib.PurePosixPath(path).suffix in CODE and not NOT_WRITTEN_BY_HAND.search(path)


def problems_of(path, text, uses):
    found = []
    if path.startswith(("analyzer/", "reports/")) and path.endswith((".cpp", ".hpp")):
        found += include_problems(path, text, uses)
    lines = text.count("\n")
    if is_code(path) and lines > LONGEST_FILE:
        found.append(f"{path}: {lines} lines, more than {LONGEST_FILE}: split it")
    for number, line in enumerate(text.splitlines(), 1):
        if match := FOREIGN.search(line):
            found.append(f"{path}:{number}: names a registry host or a path of one machine: {match[0]}")
    return found


def tracked_files(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, check=True).stdout
    return [name for name in listed.decode().split("\0") if name and (root / name).is_file()]


def check(root, files):
    uses = allowed_uses((root / "analyzer/CMakeLists.txt").read_text(encoding="utf-8"))
    found = []
    for path in files:
        content = (root / path).read_bytes()
        if b"\0" in content or path.endswith(".svg"):
            continue
        found += problems_of(path, content.decode("utf-8"), uses)
    return found


def main():
    root = pathlib.Path(sys.argv[1])
    if not (root / ".git").exists():
        print("SKIPPED: not a git checkout, so what is tracked is not known")
        sys.exit(77)
    files = tracked_files(root)
    found = check(root, files)
    for path in filter(is_code, files):
        lines = (root / path).read_bytes().count(b"\n")
        if LONG_FILE < lines <= LONGEST_FILE:
            print(f"note: {path}: {lines} lines, more than {LONG_FILE}: would a reader split it?")
    print(*found, f"{len(files)} tracked files, {len(found)} problems", sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
