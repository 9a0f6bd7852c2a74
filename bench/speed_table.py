#!/usr/bin/env python3
"""The README's speed table: Google Benchmark's results, and whole commands side by side with a peer.

Every ratio stands with its 95% bootstrap interval and the bar that it has to meet; exit code 1 where one does not.
Commands run in turn (ours, theirs, ours, ...), so that a slow moment of the machine meets both.
"""

import argparse
import json
import os
import pathlib
import platform
import random
import statistics
import sys
import tempfile
import time

RESAMPLES = 2000


def run_command(words):
    """Wall seconds and peak resident bytes of one command, its output thrown away."""
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        os.execvp(words[0], words)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(words)}: ended with status {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_maxrss * 1024  # Linux counts in KiB


def interleaved(commands, runs):
    """Name → list of (seconds, bytes); one untimed round first, so that files are in the page cache for all."""
    samples = {name: [] for name in commands}
    for round_number in range(runs + 1):
        for name, words in commands.items():
            sample = run_command(words)
            if round_number:
                samples[name].append(sample)
    return samples


def ratio(numerators, denominators):
    """Ratio of the medians and its 95% percentile-bootstrap interval."""
    draw, pick = random.Random(0), statistics.median
    values = sorted(
        pick(draw.choices(numerators, k=len(numerators))) / pick(draw.choices(denominators, k=len(denominators)))
        for _ in range(RESAMPLES)
    )
    low, high = values[int(0.025 * RESAMPLES)], values[int(0.975 * RESAMPLES) - 1]
    return pick(numerators) / pick(denominators), low, high


def benchmark_times(path):
    """Benchmark → milliseconds of each repetition."""
    times = {}
    for row in json.loads(path.read_text())["benchmarks"]:
        if row.get("error_occurred"):
            sys.exit(f"{row['name']}: {row.get('error_message')}")
        if row["run_type"] == "iteration":
            times.setdefault(row["run_name"].split("/repeats")[0], []).append(row["real_time"])
    return times


class Table:
    def __init__(self):
        self.rows, self.missed = [], []

    def add(self, what, ours, other, value, bar="", holds=True):
        self.rows.append(f"| {what} | {ours} | {other} | {value} | {bar}{'' if holds else ' **missed**'} |")
        if not holds:
            self.missed.append(what)

    def ratio(self, what, ours, other, show, smallest=None, largest=None):
        """A ratio other/ours with a bar: at least `smallest`, or ours/other at most `largest`."""
        a, b = (other, ours) if smallest is not None else (ours, other)
        value, low, high = ratio(a, b)
        bar, holds = ("", True)
        if smallest is not None:
            bar, holds = f"at least {smallest}", value >= smallest
        elif largest is not None:
            bar, holds = f"at most {largest}", value <= largest
        text = f"{value:.3g} ({low:.3g} to {high:.3g})"
        self.add(what, show(statistics.median(ours)), show(statistics.median(other)), text, bar, holds)

    def text(self):
        head = ["| what | costscan | against | ratio (95% interval) | bar |", "| --- | --- | --- | --- | --- |"]
        return "\n".join(head + self.rows)


def milliseconds(value):
    return f"{value:.3g} ms" if value < 1000 else f"{value / 1000:.3g} s"


def megabytes(value):
    return f"{value / 1e6:.3g} MB"


def onnx_tool_command(model, inputs):
    words = [sys.executable, "-m", "onnx_tool", "-m", "profile", "-i", str(model)]
    free = {name: dims for name, dims in inputs.items() if any(isinstance(dim, str) for dim in dims)}
    if free:
        shapes = [f"{n}:i64:" + "x".join(str(128 if isinstance(d, str) else d) for d in dims) for n, dims in free.items()]
        words += ["-d", *shapes]
    return words


def scan_rows(table, times):
    table.ratio("static scan of bert_1x, against protobuf parsing the file", times["scan/bert_1x"],
                times["protobuf/bert_1x"], milliseconds, smallest=10)  # fmt: skip
    table.ratio("loading alone, against protobuf", times["load/bert_1x"], times["protobuf/bert_1x"], milliseconds,
                smallest=10)  # fmt: skip
    table.ratio("8x the weight bytes, against 1x", times["scan/bert_8x"], times["scan/bert_1x"], milliseconds, largest=1.5)
    table.ratio("10x the nodes, against 1x", times["scan/nodes_10x"], times["scan/nodes_1x"], milliseconds, largest=12)


def command_rows(table, command, models, inputs, runs, scan):
    model = models / "bert_1x.onnx"
    samples = interleaved({
        "ours": [command, str(model), "--static", "--report", "csv"],
        "onnx_tool": onnx_tool_command(model, inputs),
    }, runs)  # fmt: skip
    seconds = {name: [1000 * s for s, _ in rows] for name, rows in samples.items()}
    memory = {name: [b for _, b in rows] for name, rows in samples.items()}
    table.ratio("static scan of bert_1x, against onnx_tool 1.0.1's profile", scan, seconds["onnx_tool"], milliseconds,
                smallest=50)  # fmt: skip
    table.ratio("whole command (process start, CSV), against the same", seconds["ours"], seconds["onnx_tool"], milliseconds,
                smallest=50)  # fmt: skip
    table.ratio("its peak memory, against onnx_tool", memory["ours"], memory["onnx_tool"], megabytes, smallest=1)
    peak = max(memory["ours"])
    table.add("its peak memory, bert_1x", megabytes(peak), "", "", "below 100 MB", peak < 100e6)
    eight = [run_command([command, str(models / "bert_8x.onnx"), "--static", "--report", "csv"]) for _ in range(runs)]
    peak = max(b for _, b in eight)
    table.add("its peak memory, bert_8x", megabytes(peak), "", "", "below 100 MB", peak < 100e6)


def page_row(table, command, models, nodes, runs):
    model = models / "nodes_10k.onnx"
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page.html"
        rows = [run_command([command, str(model), "--static", "--report", "html", "-o", str(page)]) for _ in range(runs)]
        size = page.stat().st_size
    time_text = milliseconds(1000 * statistics.median(s for s, _ in rows))
    table.add(f"page of {nodes} nodes, written", f"{time_text}, {megabytes(size)}", "", "")


def machine():
    cpu = platform.processor() or platform.machine()
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), cpu)
    except OSError:
        pass
    return f"{cpu}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", required=True)
    parser.add_argument("--models", type=pathlib.Path, required=True)
    parser.add_argument("--scan-json", type=pathlib.Path, required=True)
    parser.add_argument("--runs", type=int, default=9, help="timed runs of each command (default 9)")
    parser.add_argument("--no-page", action="store_true", help="leave the page out (a build without npm)")
    arguments = parser.parse_args()
    facts = json.loads((arguments.models / "made_from.json").read_text())
    table = Table()
    times = benchmark_times(arguments.scan_json)
    scan_rows(table, times)
    command_rows(table, arguments.command, arguments.models, facts["inputs"], arguments.runs, times["scan/bert_1x"])
    if not arguments.no_page:
        page_row(table, arguments.command, arguments.models, facts["nodes"]["nodes_10k"], 3)
    size = megabytes((arguments.models / "bert_1x.onnx").stat().st_size)
    print(table.text())
    print(f"\n`bench/run` on {machine()}; models made from {facts['made_from']['source']}; bert_1x holds {size};")
    print(f"medians of {arguments.runs} interleaved runs, files in the page cache.")
    if table.missed:
        sys.exit("bars missed: " + "; ".join(table.missed))


if __name__ == "__main__":
    main()
