"""What the scripts of bench/ and tests/oracle/ share, with nothing but Python's own library: the corpus, costscan's
reports, tables inside pages. (onnx_models.py has what needs the packages onnx, numpy and onnxruntime.)"""
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMAND = ROOT / "build" / "release" / "costscan"
# Minutes and gigabytes each: only where they are named, and where there is room.
BIG = {"tinyllama_1_1b", "phi_1_5"}


class Failed(Exception):
    """A command did not do what was asked of it; says why in a line."""


def corpus_folder() -> pathlib.Path:
    """The shared corpus: $COSTSCAN_SHARED/corpus, else beside the repository. It may be absent."""
    return pathlib.Path(os.environ.get("COSTSCAN_SHARED") or ROOT.parent / "shared") / "corpus"


def find_model(name: str) -> pathlib.Path | None:
    """A file, here or in the repository, or a model of the corpus by its stem."""
    candidates = (pathlib.Path(name), ROOT / name, corpus_folder() / f"{name}.onnx")
    return next((path for path in candidates if path.is_file()), None)


def output_of(words: list) -> str:
    """What a command prints; Failed where its exit code is not 0."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise Failed(said[-1] if said else f"{' '.join(map(str, words[:3]))}: exit code {done.returncode}")
    return done.stdout


def report_of(command: str | pathlib.Path, *arguments) -> dict:
    """A JSON report of costscan; Failed where it makes none."""
    return json.loads(output_of([command, *arguments, "--report", "json"]))


def passes_of(command: str | pathlib.Path, lossless: bool) -> list[str]:
    """Names of the passes that are lossless, or of those that are not."""
    lines = output_of([command, "list", "passes"]).splitlines()[1:]
    return [line.split()[0] for line in lines if (line.split()[2] == "lossless") == lossless]


def write_between(page: pathlib.Path, marker: str, text: str) -> None:
    """Replaces what stands between `<!-- marker -->` and the next `<!-- end -->`, each on a line of its own."""
    start, end = f"<!-- {marker} -->\n", "<!-- end -->"
    head, rest = page.read_text(encoding="utf-8").split(start, 1)
    page.write_text(f"{head}{start}{text.rstrip()}\n{end}{rest.split(end, 1)[1]}", encoding="utf-8")
