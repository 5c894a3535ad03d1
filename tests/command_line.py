"""Runs the command line in this process, on the small connector and its sandbox."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connector.cli import main

from .small_home import OPERATIONS, home

SAMPLE = {
    "input": {"id": 1},
    "calls": [{"request": "GET /tools/1", "headers": {"Authorization": "Bearer sandbox"}}],
    "output": {"tool": "saw"},
}
FILED = {
    "properties": {
        "file": {
            "type": "object",
            "title": "File",
            "description": "A file.",
            "format": "file",
            "required": ["name", "content"],
            "properties": {
                "name": {"type": "string", "title": "Name", "description": "Its name."},
                "content": {"type": "string", "title": "Content", "description": "Its bytes."},
            },
        }
    }
}
KEEPS_FILE = {"request": "POST /tools", "input": FILED, "body": {"tool": "file.content"}, "output": {"type": "object"}}


@dataclass(frozen=True)
class Done:
    """What a command came to: its exit code, its output, and all that was said about it."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """Runs commands; `folder` is the test's own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder, self._capsys, self.patch = folder, capsys, patch
        operations = {**OPERATIONS, "keep_file": KEEPS_FILE}
        self.home = home(folder / "home", operations, sandbox={"key": "sandbox"})
        sandbox = self.home / "sandbox" / "shed"
        sandbox.mkdir(parents=True)
        shutil.copy(Path(__file__).with_name("small_sandbox.py"), sandbox / "__init__.py")
        samples = self.home / "samples" / "shed"
        samples.mkdir(parents=True)
        (samples / "get_tool.json").write_text(json.dumps(SAMPLE))
        patch.setenv("CONNECTOR_PATH", str(self.home))
        patch.setenv("CONNECTOR_DATA", str(folder / "data"))

    def __call__(self, *arguments: str, stdin: bytes = b"") -> Done:
        self.patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        try:
            code: Any = main([*arguments])
        except SystemExit as end:
            code = end.code
        found = self._capsys.readouterr()
        return Done(code, found.out, found.err)

    def run(self, operation: str, given: Any = None, *more: str) -> Done:
        """`connector run shed OPERATION`, on the sandbox."""
        return self("run", "shed", operation, "--input", json.dumps(given or {}), *more)

    @property
    def touched(self) -> bool:
        """Whether the sandbox was opened at all: it is when a request goes to it."""
        return (self.folder / "data" / "sandbox-shed.db").exists()


def refused(done: Done, said: str) -> None:
    """A sentence on stderr, exit code 2."""
    assert done.code == 2
    assert said in done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert "Error: " in done.err
