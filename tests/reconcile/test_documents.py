"""The grammar of readings is documented as it is."""

from __future__ import annotations

import re
from pathlib import Path

from connector.declaration import Reading

ROOT = Path(__file__).resolve().parents[2]


def test_every_key_of_a_reading_is_documented() -> None:
    section = (ROOT / "docs" / "writing-an-operation.md").read_text().partition("## Lost answers")[2]
    rows = [row for row in section.partition("\n## ")[0].splitlines() if row.startswith("| `")]
    assert set(re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in rows))) == set(Reading.model_fields)
