"""The second proof: `costscan source` on each reference kernel, its formulas evaluated at the arguments of each call."""

import json
import subprocess


def available(command):
    done = subprocess.run([command, "source", "--help"], capture_output=True, text=True)
    return done.returncode == 0


def derive_all(command, files):
    """op → report of `costscan source`, or {} where the command cannot do it yet."""
    return {}


def check(node, log, model, functions, derived, into, compare):
    return
