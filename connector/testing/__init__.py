"""The conformance suite: lints a connector, plays its samples, and proves that they are strong.

    from connector import testing
    for finding in testing.check(connector.find("acme")):
        print(finding)

A third party runs the same as `connector check FOLDER`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..catalog import Connector
from .coverage import uncovered
from .finding import Finding, read_exemptions, unused_exemptions
from .lint import lint, strays
from .playing import play
from .samples import Sample, load
from .strength import survivors

__all__ = ["Finding", "Sample", "check", "lint", "load", "play", "strays", "survivors", "uncovered"]


def check(
    connector: Connector,
    operations: Sequence[str] = (),
    *,
    strength: bool = False,
    progress: Callable[[str], None] = lambda name: None,
) -> Iterator[Finding]:
    """Everything wrong with a connector, or with some of its operations.

    With `strength`, also every mutant of a declaration that no sample catches. `progress` is told what is looked at.
    """
    names = list(operations) or connector.names
    broken: set[str] = set()
    for finding in lint(connector, names):
        broken.add(finding.file.stem)
        yield finding
    if "connector" in broken:
        return
    samples: dict[str, list[Sample]] = {}
    for name in names:
        if name in broken:
            continue
        progress(name)
        samples[name] = []
        for file in connector.samples(name):
            sample = load(connector, file)
            if isinstance(sample, Finding):
                yield sample
                continue
            samples[name].append(sample)
            yield from play(sample)
        if connector.samples(name)[:1] != [connector.home / "samples" / connector.name / f"{name}.json"]:
            hint = f"Write samples/{connector.name}/{name}.json."
            yield Finding(connector.folder / f"{name}.yaml", "", "has no sample.", hint)
    exempt = read_exemptions(connector)
    found = list(uncovered(connector, samples))
    for name in samples if strength else ():
        progress(name)
        found += survivors(connector.operation(name), samples[name], connector.spec.get("pagination", {}))
    yield from (finding for finding in found if finding.key not in exempt)
    if not operations and not broken:  # what a broken operation uses is not known
        yield from strays(connector)
        yield from unused_exemptions(connector, exempt, found, strength)
