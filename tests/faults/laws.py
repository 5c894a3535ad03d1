"""The laws: what a call may say, by what really happened. Each yields the sentences by which a call broke it."""

from __future__ import annotations

import base64
import json
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from connector.errors import ConnectorError, OutcomeUnknown, RateLimitError

from .calls import Kind
from .proxy import Seen
from .service import SANDBOX
from .table import FAITHFUL, HTML

TIMEOUT = 0.3  # seconds; a call that took longer may have run out of time by itself, on a busy machine
AMPLE = 600  # seconds of patience that outlast every scenario
_PAIR = f"{SANDBOX['email']}/token:{SANDBOX['api_token']}".encode()
Writes: TypeAlias = Sequence[tuple[str, str, str]]
"""What the service did: method, path, digest of the body."""

SECRETS = (SANDBOX["api_token"], base64.b64encode(_PAIR).decode())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call: its output or its error, and the seconds that it took."""

    kind: Kind
    word: str
    patience: int
    seconds: float
    output: Any = None
    error: Exception | None = None

    @property
    def name(self) -> str:
        """`success`, `error` or `unknown`."""
        if self.error is None:
            return "success"
        return "unknown" if isinstance(self.error, OutcomeUnknown) else "error"


@dataclass(frozen=True, slots=True)
class Case:
    """A call as it is judged: `seen` is what arrived, `writes` what the service did for it."""

    outcome: Outcome
    seen: Sequence[Seen]
    writes: Writes

    @property
    def named(self) -> int:
        """The writes that its error says were done."""
        return sum(not line.startswith("GET ") for line in getattr(self.outcome.error, "calls", ()))

    @property
    def slow(self) -> bool:
        return self.outcome.seconds >= TIMEOUT


@dataclass(frozen=True, slots=True)
class Finding:
    """What `reconcile` says of an unknown call, and what was written by the call, by looking, and by finishing it."""

    verdict: str
    writes: Writes
    looked: Writes = ()
    finished: str | None = None
    after: Writes = ()


def wrong(kind: Kind, finding: Finding) -> Iterator[str]:
    """What `reconcile` says is so; to look writes nothing; what is finished has happened, once."""
    done = len(set(finding.writes))
    if finding.verdict in ("happened", "as_asked") and done != kind.writes:
        yield f"reconcile says {finding.verdict}, and {done} of {kind.writes} writes happened"
    if finding.verdict == "did_not_happen" and done:
        yield f"reconcile says that it did not happen, and {done} writes happened"
    if finding.looked:
        yield "reconcile wrote something"
    if finding.finished and (finding.finished != "happened" or done + len(finding.after) != kind.writes):
        yield f"it is finished, {finding.finished}, and was done {done + len(finding.after)} times"


def broken(case: Case) -> Iterator[str]:
    """Every law that a call broke."""
    for law in (agreed, never_twice, success, error, unknown, read, patience, secrecy):
        yield from law(case)


def agreed(case: Case) -> Iterator[str]:
    """The two who know agree: the proxy, which saw the answers, and the sandbox, which recorded what it did."""
    answered = [one for one in case.seen if one.status and one.status < 300 and not one.line.startswith("GET ")]
    replayed = len(answered) - len(case.writes)  # an idempotency key is answered again, and nothing is done
    if replayed < 0 or (replayed and case.outcome.kind.effect != "keyed"):
        yield f"the proxy saw {len(answered)} writes carried out, the sandbox {len(case.writes)}"


def never_twice(case: Case) -> Iterator[str]:
    """A write is done once; a replacement may be repeated, with the same body."""
    if case.outcome.kind.effect != "replace" and max(Counter(case.writes).values(), default=0) > 1:
        yield "a write was done twice"


def success(case: Case) -> Iterator[str]:
    """A success happened, and its output is its own."""
    kind, output, done = case.outcome.kind, case.outcome.output, len(case.writes)
    if case.outcome.name != "success":
        return
    if kind.operation == "raw_http_request":
        status, body = output["response"]["status_code"], output["response"]["body"]
        if status >= 500 and kind.effect != "read":
            yield "it takes the failure of a write for an answer"
        if status >= 300 and status != 303 and done:  # 303 says itself that it was done
            yield f"it gives {status} for the answer, and {done} writes happened"
        if status >= 300 or body == HTML.decode():
            return  # it gives whatever it is answered, and no more is promised
    elif output and kind.shows.replace("{word}", case.outcome.word) not in json.dumps(output):
        yield f"its output is another's: {output}"
    if "stale" in str(output):
        yield f"its output was left over: {output}"
    if kind.effect == "replace" and not done:
        yield "a success did not happen"
    if kind.effect != "replace" and done != kind.writes:
        yield f"a success happened {done} times, not {kind.writes}"


def error(case: Case) -> Iterator[str]:
    """What ends in an error did not happen, but for what the error names."""
    found = case.outcome.error
    if case.outcome.name != "error":
        return
    if not isinstance(found, ConnectorError):
        yield f"it raised {found!r}"
    if len(set(case.writes)) != case.named:
        yield f"an error names {case.named} writes, and {len(case.writes)} happened: {found!r}"
    held_back = isinstance(found, RateLimitError) and not found.attempts
    if not case.slow and not held_back and all(one.fault is FAITHFUL for one in case.seen):
        yield f"it failed with nothing wrong: {found!r}"


def unknown(case: Case) -> Iterator[str]:
    """Unknown is at most the one request after those that the error names; and only where there was a doubt."""
    if case.outcome.name != "unknown":
        return
    if not case.named <= len(set(case.writes)) <= case.named + 1:
        yield f"an unknown names {case.named} writes, and {len(case.writes)} happened"
    if not case.slow and not any(one.fault.doubt for one in case.seen):
        yield f"it is unknown, and nothing was in doubt: {case.outcome.error!r}"


def read(case: Case) -> Iterator[str]:
    """A read writes nothing, and is never unknown."""
    if case.outcome.kind.effect == "read" and (case.writes or case.outcome.name == "unknown"):
        yield "a read wrote, or is unknown"


def patience(case: Case) -> Iterator[str]:
    """What may be sent again is, until it succeeds or time is up."""
    repeats = case.outcome.kind.effect in ("read", "replace", "keyed") and case.outcome.patience == AMPLE
    if repeats and case.outcome.name != "success" and case.seen and case.seen[-1].fault.again:
        yield f"it gave up too early: {case.outcome.error!r}"


def secrecy(case: Case) -> Iterator[str]:
    """No secret stands in an error, wherever it says something."""
    found = case.outcome.error
    if found is None:
        return
    shown = json.dumps(found.as_dict(), default=repr) if isinstance(found, ConnectorError) else ""
    text = "".join((repr(found), shown, repr(vars(found)), *traceback.format_exception(found)))
    if any(secret in text for secret in SECRETS):
        yield "its error tells a secret"
