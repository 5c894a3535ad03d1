"""The laws of the fault proxy can be broken: each notices what it is there for."""

from __future__ import annotations

from typing import Any

import pytest

from connector.errors import APIError, OutcomeUnknown, UnreachableError

from .faults.calls import KINDS
from .faults.laws import AMPLE, SECRETS, Case, Finding, Outcome, broken, wrong
from .faults.proxy import Seen
from .faults.table import HTML, NAMED

POST, PUT = ("POST", "/api/v2/groups", "digest"), ("PUT", "/api/v2/organizations/1", "digest")
REFUSED = APIError("POST /api/v2/groups answered 422.", "POST /api/v2/groups", 422)
UNKNOWN = OutcomeUnknown("POST /api/v2/groups was sent, and no answer came.", "POST /api/v2/groups")
UNREACHABLE = UnreachableError("Could not connect.", "GET /api/v2/tickets/1")
OWN = {"group": {"name": "w1x"}}


def case(kind: str, *faults: str, writes: Any = (), **more: Any) -> Case:
    seen = [Seen("GET /api/v2/groups HTTP/1.1", "w1x", NAMED[name], None) for name in faults]
    seen += [Seen("POST /api/v2/groups HTTP/1.1", "w1x", NAMED["ok"], 201)] * more.pop("answered", len(writes))
    return Case(Outcome(KINDS[kind], "w1x", more.pop("patience", 0), 0.0, **more), seen, writes)


def raw(status: int, body: Any = None) -> Any:
    return {"response": {"status_code": status, "body": body}}


@pytest.mark.parametrize(
    "kept",
    [
        case("create", "ok", writes=[POST], output=OWN),
        case("create", "empty", writes=[POST], output={}),
        case("create", "422", error=REFUSED),
        case("create", "500-after", writes=[POST], error=UNKNOWN),
        case("create", "500", error=UNKNOWN),
        case("replace", "reset-after", "ok", writes=[PUT, PUT], output={"organization": {"notes": "w1x"}}),
        case("read", "close", error=UNREACHABLE),
        case("raw-create", "422", output=raw(422)),
        case(
            "raw-create",
            "html",
            output=raw(200, HTML.decode()),
        ),
    ],
    ids=lambda one: f"{one.outcome.kind.effect} {one.seen[0].fault.name}",
)
def test_what_is_honest_breaks_no_law(kept: Case) -> None:
    assert list(broken(kept)) == []


@pytest.mark.parametrize(
    ("wrong", "law"),
    [
        (case("create", "ok", writes=[POST, POST], output=OWN), "a write was done twice"),
        (case("create", "ok", output=OWN), "a success happened 0 times"),
        (case("replace", "ok", output={"notes": "w1x"}), "a success did not happen"),
        (case("handler-create", "ok", writes=[POST], output=OWN), "a success happened 1 times, not 2"),
        (case("create", "ok", writes=[POST], output={"group": {"name": "w2x"}}), "its output is another's"),
        (case("raw-create", "ok", writes=[POST], output=raw(201, {"stale": "body"})), "its output was left over"),
        (case("raw-create", "500", output=raw(500)), "it takes the failure of a write for an answer"),
        (case("raw-create", "422", writes=[POST], output=raw(422)), "it gives 422 for the answer"),
        (case("create", "500-after", writes=[POST], error=REFUSED), "an error names 0 writes, and 1 happened"),
        (case("create", "ok", error=REFUSED), "it failed with nothing wrong"),
        (case("create", "422", error=KeyError("x")), "it raised KeyError"),
        (case("create", "422", error=UNKNOWN), "it is unknown, and nothing was in doubt"),
        (case("create", "500", writes=[POST, PUT], error=UNKNOWN), "an unknown names 0 writes, and 2 happened"),
        (case("read", "500", error=UNKNOWN), "a read wrote, or is unknown"),
        (case("read", "ok", writes=[POST], output={"tickets": "w1x"}), "a read wrote, or is unknown"),
        (case("create", "422", error=REFUSED, answered=1), "the proxy saw 1 writes carried out, the sandbox 0"),
        (case("read", "503", error=UNREACHABLE, patience=AMPLE), "it gave up too early"),
        *((case("create", "422", error=UnreachableError(f"Hi {one}")), "its error tells a secret") for one in SECRETS),
    ],
)  # fmt: skip
def test_what_is_not_honest_breaks_the_law(wrong: Case, law: str) -> None:
    assert any(law in sentence for sentence in broken(wrong))


def test_an_error_may_name_what_was_done_before_it() -> None:
    error = APIError("PUT answered 422.", "PUT", 422)
    error.calls = ["POST /api/v2/business_hours/schedules", "GET /api/v2/tickets"]
    assert list(broken(case("handler-create", "ok", "422", writes=[POST], error=error))) == []
    assert list(broken(case("handler-create", "ok", "422", writes=[POST, PUT], error=error)))


@pytest.mark.parametrize(
    ("kind", "finding", "law"),
    [
        ("keyed", Finding("happened", [POST]), None),
        ("replace", Finding("as_asked", [PUT, PUT]), None),
        ("destroy", Finding("did_not_happen", []), None),
        ("upload", Finding("cannot_tell", [POST]), None),
        ("keyed", Finding("did_not_happen", [], (), "happened", [POST]), None),
        ("keyed", Finding("happened", []), "says happened, and 0 of 1"),
        ("replace", Finding("as_asked", []), "says as_asked, and 0 of 1"),
        ("handler-create", Finding("happened", [POST]), "says happened, and 1 of 2"),
        ("create", Finding("did_not_happen", [POST]), "says that it did not happen, and 1 writes"),
        ("create", Finding("cannot_tell", [], [POST]), "reconcile wrote"),
        ("keyed", Finding("cannot_tell", [POST], (), "happened", [POST]), "was done 2 times"),
        ("keyed", Finding("cannot_tell", [], (), "happened"), "was done 0 times"),
        ("keyed", Finding("cannot_tell", [POST], (), "cannot_tell"), "it is finished, cannot_tell"),
    ],
)
def test_what_reconcile_says_is_so(kind: str, finding: Finding, law: str | None) -> None:
    said = list(wrong(KINDS[kind], finding))
    assert (not said) if law is None else any(law in sentence for sentence in said)
