"""What every acceptance script needs: running things, saying what a line showed, and doing the lines in turn."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("MINDKEEP_DATA", ROOT.parent / "shared" / "data"))
QUICK = bool(os.environ.get("MINDKEEP_ACCEPT_QUICK"))
BINARY = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "mindkeep"

failures = []


def say(line, ok, figure):
    print(f"line {line}: {'ok  ' if ok else 'FAIL'} {figure}", flush=True)
    if not ok:
        failures.append(line)


def run(*command, env=None, cwd=ROOT, check=True):
    whole = {**os.environ, **(env or {})}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=whole, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done


def measured(*command):
    """Runs a command; returns what it printed, its largest resident size in MiB, and its CPU time in seconds."""
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    with child.stdout:
        printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"exit {child.returncode}")
    peak = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    return printed, peak, usage.ru_utime + usage.ru_stime


def python_with_peers():
    """A Python that has others' graph libraries, in the build folder; made at its first use, from PyPI."""
    wanted = ROOT / "benches" / "peers" / "requirements.txt"
    folder = BINARY.parent.parent / "peers"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    made_for = folder / "requirements.txt"
    if not made_for.exists() or made_for.read_text() != wanted.read_text():
        venv.create(folder, with_pip=True, clear=True)
        run(python, "-m", "pip", "install", "-q", "-r", wanted)
        shutil.copyfile(wanted, made_for)
    return python


def mindkeep(db, *arguments, check=True):
    return run(BINARY, "--db", db, "--format", "json", *arguments, check=check)


def answer(db, *arguments):
    return json.loads(mindkeep(db, *arguments).stdout)


def tests(*arguments, env=None):
    """Runs tests optimised; returns how many passed and what they printed."""
    done = run("cargo", "test", "--profile", "long", *arguments, env=env)
    passed = sum(int(count) for count in re.findall(r"(\d+) passed", done.stdout))
    return passed, done.stdout


def last_figure(out, word):
    told = [line for line in out.splitlines() if word in line and any(c.isdigit() for c in line) and "test " not in line]
    return told[-1].strip() if told else "passed"


def main(lines):
    """Does the lines that were asked for, or all of them; `lines` are functions called line_1, line_2…"""
    by_number = {int(line.__name__.removeprefix("line_")): line for line in lines}
    wanted = [int(number) for number in sys.argv[1:]] or by_number
    run("cargo", "build", "--release", "-q", "-p", "mindkeep-cli")
    folder = Path(tempfile.mkdtemp(prefix="mindkeep-accept-"))
    try:
        for number in wanted:
            try:
                by_number[number](folder)
            except Exception as error:  # a line that cannot be run has failed; the others still run
                say(number, False, f"could not be run: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{'all lines hold' if not failures else 'failed: ' + ', '.join(map(str, sorted(set(failures))))}")
    sys.exit(bool(failures))
