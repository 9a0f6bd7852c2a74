#!/usr/bin/env python3
"""Ends a command with a signal in the midst of its work, and prints the names of the temporary files that it leaves.

    interrupt.py INT|TERM COMMAND [ARGUMENT ...]

The signal is sent as soon as the command has put something into its (new, own) temporary folder and has a worker process,
however fast or slow the machine is: INT to it and its children, as a terminal's Ctrl-C does, TERM to it alone, as `kill` does. Exit code 1 where the command ends in another way than by that signal.
"""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time


def at_work(command: subprocess.Popen, folder: pathlib.Path) -> bool:
    children = pathlib.Path(f"/proc/{command.pid}/task/{command.pid}/children")
    return any(folder.iterdir()) and children.exists() and bool(children.read_text().split())


def main() -> int:
    wanted = signal.Signals[f"SIG{sys.argv[1]}"]
    with tempfile.TemporaryDirectory(prefix="costscan-interrupt-") as folder:
        started = subprocess.Popen(sys.argv[2:], env=os.environ | {"TMPDIR": folder}, stdout=subprocess.DEVNULL,
                                   start_new_session=True)
        while started.poll() is None and not at_work(started, pathlib.Path(folder)):
            time.sleep(0.002)
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            (os.killpg if wanted == signal.SIGINT else os.kill)(started.pid, wanted)
        code = started.wait()
        for left in sorted(pathlib.Path(folder).rglob("*")):
            print(left.relative_to(folder))
    if code != -wanted:
        print(f"interrupt: the command ended with code {code}, not by {wanted.name}", file=sys.stderr)
    return int(code != -wanted)


if __name__ == "__main__":
    sys.exit(main())
