#!/usr/bin/env python3
"""The table of findings of six well-known models in docs/forensics.md, rows without any included.

    bench/forensics.py [--command build/release/costscan] [--write docs/forensics.md | --check docs/forensics.md]

Runs `costscan forensics --all --machine generic-cpu`, so that the table is the same on every machine, on the models of the
shared corpus. --check exits with 1 where the page's table is not what the command says now.
"""
import argparse
import csv
import io
import pathlib
import sys

from common import COMMAND, Failed, corpus_folder, output_of, write_between

MODELS = ["bert_base", "distilbert_base", "roberta_base", "gpt2_small", "whisper_tiny_encoder", "tinyllama_1_1b"]
MARKER = "bench/forensics.py"
SHOWN = 4  # findings whose removal saves most, for each model
SUMS = {"attention_blocks", "layernorms", "rmsnorms"}  # of rows that stand there themselves


def run(command: str, files: list[str], report: str) -> str:
    return output_of([command, "forensics", "--all", "--machine", "generic-cpu", "--report", report, *files])


def counts(markdown: str) -> list[str]:
    """The first table of the Markdown report, and its note on sizes."""
    lines = markdown.splitlines()
    table = lines[:lines.index("")]
    notes = [line for line in lines[len(table):len(table) + 3] if line.startswith("\\*")]
    return table + ([""] + notes if notes else [])


def savings(rows: list[dict]) -> list[str]:
    """For each model the findings whose removal saves most of the time that the runtime's own optimiser leaves."""
    lines = ["| model | saves most as written | saves most as executed |", "| --- | --- | --- |"]
    for model in MODELS:
        own = [row for row in rows if row["model"] == model and row["finding"] not in SUMS]

        def most(column: str) -> str:
            priced = sorted((row for row in own if float(row[column] or 0) >= 0.5), key=lambda row: -float(row[column]))
            return ", ".join(f"`{row['finding']}` {float(row[column]):,.0f} µs" for row in priced[:SHOWN]) or "nothing"

        lines.append(f"| {model} | {most('saved_us')} | {most('saved_runtime_us')} |")
    return lines


def section(command: str) -> str:
    files = [str(corpus_folder() / f"{name}.onnx") for name in MODELS]
    for file in files:
        if not pathlib.Path(file).exists():
            print(f"SKIP: {file} is not there")
            sys.exit(77)
    csv.field_size_limit(1 << 30)
    rows = list(csv.DictReader(io.StringIO(run(command, files, "csv"))))
    return "\n".join([*counts(run(command, files, "md")), "", *savings(rows)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", default=str(COMMAND))
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("--check", type=pathlib.Path)
    args = parser.parse_args()
    try:
        text = section(args.command)
    except Failed as why:
        sys.exit(str(why))
    if args.write:
        write_between(args.write, MARKER, text)
    elif args.check:
        current = f"<!-- {MARKER} -->\n{text}\n<!-- end -->" in args.check.read_text(encoding="utf-8")
        print("the table is current" if current else f"the table is stale: bench/forensics.py --write {args.check}")
        return int(not current)
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
