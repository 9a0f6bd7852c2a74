"""Checks that docs/cli.md shows what --help prints; `--write` brings it up to date.

usage: check_help.py COSTSCAN DOCS_CLI_MD [--write]
Every block that starts with a line `$ costscan ... --help` must equal that command's output.
"""
import re
import subprocess
import sys

BLOCK = re.compile(r"```text\n\$ costscan(?P<args>[^\n]*)\n(?P<output>.*?)```", re.DOTALL)


def help_of(command: str, args: str) -> str:
    done = subprocess.run([command, *args.split()], capture_output=True, text=True, check=True, timeout=60)
    # CLI11 keeps an option's exclusions by address, so their order differs between builds.
    text = re.sub(r"(?<=Excludes: )(--[\w-]+(?: --[\w-]+)+)", lambda m: " ".join(sorted(m[1].split())), done.stdout)
    return text.rstrip() + "\n"


def main() -> int:
    command, page = sys.argv[1:3]
    with open(page, encoding="utf-8") as file:
        text = file.read()
    fresh = BLOCK.sub(lambda m: f"```text\n$ costscan{m['args']}\n{help_of(command, m['args'])}```", text)
    blocks = len(BLOCK.findall(text))
    if "--write" in sys.argv[3:]:
        with open(page, "w", encoding="utf-8") as file:
            file.write(fresh)
        return 0
    if blocks == 0 or fresh != text:
        print(f"{page} does not show what --help prints; run tests/cli/check_help.py {command} {page} --write")
        return 1
    print(f"{blocks} help texts agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
