"""Makes an environment of the project's own from a lock file, once, with nothing but Python."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parent.parent
LEAST = (3, 11)


def python(name: str, lock: str) -> str:
    """The Python of the environment `name`, made or brought up to date with `requirements/<lock>` first."""
    if sys.version_info < LEAST:
        sys.exit(f"Python {'.'.join(map(str, LEAST))} or later is needed; this is {sys.version.split()[0]}.")
    place = ROOT / name
    program = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    with _alone(name):
        _make(place, program, lock)
    return str(program)


@contextlib.contextmanager
def _alone(name: str) -> Iterator[None]:
    """One set-up at a time: a pipe of two commands starts both at once."""
    with (ROOT / f"{name}.lock").open("w") as file:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(place: Path, program: Path, lock: str) -> None:
    wanted = [ROOT / "requirements" / lock, ROOT / "pyproject.toml"]
    stamp = place / "stamp"
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in wanted) + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest:
        return
    print(f"Setting up {place.name} (once) …", file=sys.stderr)
    venv.create(place, with_pip=True, clear=True)
    pip = [str(program), "-m", "pip", "-qq", "--disable-pip-version-check", "install"]
    for what in (["--require-hashes", "-r", str(wanted[0])], ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]):
        done = subprocess.run([*pip, *what], check=False, stdout=sys.stderr)
        if done.returncode:
            sys.exit("The packages could not be installed; see above. Is the network there?")
    # an editable install is not compiled by pip, and some machines forbid Python to do so as it goes
    subprocess.run([str(program), "-m", "compileall", "-q", str(ROOT / "connector")], check=False)
    stamp.write_text(digest)


def become(command: list[str]) -> int:
    """Run a command in the place of this program; its exit code."""
    if os.name == "nt":
        return subprocess.call(command)
    os.execv(command[0], command)  # noqa: S606 - no shell
