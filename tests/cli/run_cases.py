#!/usr/bin/env python3
"""Runs one file of command-line cases against a built costscan. See README.md for what a case may say.

Prints one line per case; exit code 0 when all hold, 1 when one does not, 77 (skipped for ctest) when all were skipped.
"""

import argparse
import csv
import io
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib

import hostile

KEYS = {
    "name", "why", "run", "exit", "stdout", "stdout_is", "stdout_lacks", "stderr", "stderr_lacks", "error_lines", "files",
    "csv_columns", "csv_min_rows", "json", "needs", "repeat", "env", "timeout_s", "stdout_to",
}  # fmt: skip
CRASH = re.compile(r"AddressSanitizer|LeakSanitizer|UndefinedBehavior|runtime error:|terminate called|Assertion|^Traceback", re.M)
LONGEST_ERROR_LINE = 2000
SKIP = 77


class Bench:
    """The command under test, and what this machine and build have of the things that cases `needs`."""

    def __init__(self, arguments):
        self.command = arguments.command.resolve()
        self.models = arguments.models.resolve()
        self.patience = arguments.patience
        self.have = set(filter(None, arguments.have.split(",")))
        corpus = pathlib.Path(os.environ.get("COSTSCAN_SHARED") or self.models.parents[1].parent / "shared") / "corpus"
        self.corpus = corpus
        if corpus.is_dir():
            self.have.add("corpus")


def expand(text, bench, work, repetition):
    def value(match):
        word = match[1]
        if word.startswith("hostile:"):
            name = word.removeprefix("hostile:").replace("#", str(repetition))
            folder = work / f"hostile_{name}"
            folder.mkdir(exist_ok=True)
            return str(hostile.make(name, folder, bench.models))
        simple = {"models": bench.models, "corpus": bench.corpus, "work": work, "n": repetition, "costscan": bench.command,
                  "interrupt": f"{sys.executable} {pathlib.Path(__file__).with_name('interrupt.py')}"}  # fmt: skip
        return str(simple[word]) if word in simple else match[0]

    return re.sub(r"\{([a-z_0-9:#]+)\}", value, text)


def execute(case, bench, work, repetition):
    words = shlex.split(expand(case["run"], bench, work, repetition))
    if words[0] == "costscan":
        words[0] = str(bench.command)
    given = {name: expand(value, bench, work, repetition) for name, value in case.get("env", {}).items()}
    # A calibration of this machine, were there one, would change what is predicted.
    env = os.environ | {"TERM": "dumb", "XDG_CACHE_HOME": str(work / "cache")} | given
    target = open(case["stdout_to"], "wb") if "stdout_to" in case else subprocess.PIPE
    return subprocess.run(
        words, cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=target, stderr=subprocess.PIPE,
        timeout=case.get("timeout_s", 120) * bench.patience, check=False,
    )  # fmt: skip


def check_text(what, text, case, problems):
    for pattern in case.get(what, []):
        if not re.search(pattern, text, re.M):
            problems.append(f"{what} has no match for /{pattern}/")
    for pattern in case.get(f"{what}_lacks", []):
        if re.search(pattern, text, re.M):
            problems.append(f"{what} must not match /{pattern}/")


def check_csv(text, case, problems):
    rows = list(csv.reader(io.StringIO(text)))
    header = case["csv_columns"].split(",")
    if not rows or rows[0] != header:
        problems.append(f"CSV header is {rows[0] if rows else None}, not {header}")
        return
    ragged = [i for i, row in enumerate(rows) if len(row) != len(header)]
    if ragged:
        problems.append(f"CSV line {ragged[0] + 1} has {len(rows[ragged[0]])} fields, the header {len(header)}")
    if len(rows) - 1 < case.get("csv_min_rows", 1):
        problems.append(f"CSV has {len(rows) - 1} rows")


def check_stderr(text, exit_code, case, problems):
    if CRASH.search(text):
        problems.append("the command crashed or a sanitizer spoke")
    # A sanitizer without a symbolizer says so before it looks at its suppressions.
    errors = [line for line in text.splitlines() if not re.search(r"\b(warning|note): |^==\d+==WARNING: .*symbolizer", line[:200])]
    wanted = case.get("error_lines", 0 if exit_code == 0 else 1)
    if len(errors) != wanted:
        problems.append(f"{len(errors)} error lines on stderr, not {wanted}")
    if any(len(line) > LONGEST_ERROR_LINE for line in text.splitlines()):
        problems.append(f"a line on stderr is longer than {LONGEST_ERROR_LINE} characters")
    check_text("stderr", text, case, problems)


def decode(data, stream, problems):
    try:
        return (data or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        problems.append(f"{stream} is not UTF-8: {error}")
        return data.decode("utf-8", "replace")


def check(case, result, work, bench, repetition):
    problems = []
    allowed = case["exit"] if isinstance(case["exit"], list) else [case["exit"]]
    if result.returncode not in allowed:
        problems.append(f"exit code {result.returncode}, not {' or '.join(map(str, allowed))}")
    stdout, stderr = decode(result.stdout, "stdout", problems), decode(result.stderr, "stderr", problems)
    check_text("stdout", stdout, case, problems)
    check_stderr(stderr, result.returncode, case, problems)
    if "stdout_is" in case and stdout != case["stdout_is"]:
        problems.append("stdout is not exactly what it should be")
    if "csv_columns" in case:
        check_csv(stdout, case, problems)
    if "json" in case:
        problems += [f"stdout's JSON has no {key!r}" for key in case["json"] if key not in json.loads(stdout)]
    for name, patterns in case.get("files", {}).items():
        path = pathlib.Path(expand(name, bench, work, repetition))
        path = path if path.is_absolute() else work / path
        if not path.is_file():
            problems.append(f"{path.name} was not written")
            continue
        content = path.read_text(encoding="utf-8")
        problems += [f"{name} has no match for /{p}/" for p in patterns if not re.search(p, content, re.M)]
    if problems:
        problems.append(f"stdout: {stdout[:1500]!r}")
        problems.append(f"stderr: {stderr[:1500]!r}")
    return problems


def run_case(case, bench):
    problems = []
    for repetition in range(case.get("repeat", 1)):
        with tempfile.TemporaryDirectory(prefix="costscan-cli-") as folder:
            work = pathlib.Path(folder) / "work"
            work.mkdir()
            try:
                found = check(case, execute(case, bench, work, repetition), work, bench, repetition)
            except subprocess.TimeoutExpired as late:
                found = [f"no end within {late.timeout} s"]
        prefix = f"repetition {repetition}: " if case.get("repeat") else ""
        problems += [prefix + problem for problem in found]
    return problems


def read_cases(path):
    cases = tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    names = [case["name"] for case in cases]
    for case in cases:
        if unknown := set(case) - KEYS:
            sys.exit(f"{path.name}: {case['name']}: no such key: {', '.join(sorted(unknown))}")
        if names.count(case["name"]) > 1:
            sys.exit(f"{path.name}: two cases are called {case['name']}")
    return cases


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", type=pathlib.Path, required=True, help="the costscan to test")
    parser.add_argument("--models", type=pathlib.Path, default=pathlib.Path(__file__).parents[1] / "models")
    parser.add_argument("--have", default="", help="what is there of: runtime, page (comma-separated)")
    parser.add_argument("--patience", type=float, default=1, help="limits of time are multiplied by this (sanitizers)")
    parser.add_argument("--only", help="run only the cases whose name contains this")
    parser.add_argument("file", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    bench = Bench(arguments)
    failed = passed = 0
    for case in (case for file in arguments.file for case in read_cases(file)):
        if arguments.only and arguments.only not in case["name"]:
            continue
        if missing := set(case.get("needs", [])) - bench.have:
            print(f"SKIPPED {case['name']}: needs {', '.join(sorted(missing))}")
            continue
        problems = run_case(case, bench)
        failed, passed = failed + bool(problems), passed + (not problems)
        print(f"{'FAILED ' if problems else 'ok     '} {case['name']}", *problems, sep="\n          ")
        if problems:
            print(f"          command: {case['run']}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0 if passed else SKIP)


if __name__ == "__main__":
    main()
