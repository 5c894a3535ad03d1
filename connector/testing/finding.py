"""One thing wrong with a connector, and the exemptions that a connector may claim with a reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..catalog import Connector
from ..errors import DeclarationError
from ..files import read_yaml


@dataclass(frozen=True, slots=True)
class Finding:
    """Where (a file and a place in it), what is wrong, and how to mend it. `key` names it for an exemption."""

    file: Path
    place: str
    message: str
    hint: str = ""
    key: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.place}: " if self.place else f"{self.file}: "
        return where + self.message + (f" {self.hint}" if self.hint else "")


def _file(connector: Connector) -> Path:
    return connector.home / "samples" / connector.name / "exempt.yaml"


def read_exemptions(connector: Connector) -> Mapping[str, str]:
    """`samples/<connector>/exempt.yaml`: the key of a finding to the reason why it stands."""
    file = _file(connector)
    found = read_yaml(file) if file.is_file() else {}
    if not isinstance(found, dict) or not all(isinstance(reason, str) and reason for reason in found.values()):
        raise DeclarationError(file, "", "must give a reason for each key.")
    return found


def unused_exemptions(
    connector: Connector, exempt: Mapping[str, str], found: Collection[Finding], strength: bool
) -> Iterator[Finding]:
    """Exemptions of what is no longer so. Those of mutants are judged only where mutants were tried."""
    keys = {finding.key for finding in found}
    for key in exempt:
        if key not in keys and (strength or " input " in key):
            yield Finding(_file(connector), key, "exempts nothing.", "Take it out.")
