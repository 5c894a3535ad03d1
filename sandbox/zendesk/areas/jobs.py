"""Jobs of bulk requests: the work is done at once, and each poll shows the job one step further."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .. import errors
from ..call import Call, Routes, writes
from ..errors import ZendeskError
from ..resource import Resource
from ..store import Doc, Id

KIND = "job_statuses"
ACCOUNT_ID = 10_000_001
MAX_RUNNING = 30
T = TypeVar("T")


def start(call: Call, results: Any, total: int | None = None, job_type: str = "Bulk Update Ticket") -> Doc:
    """Queue a job whose outcome is known already; `results` shows when it is completed."""
    if len(call.store.list(KIND, status=["queued", "working"])) >= MAX_RUNNING:
        raise errors.coded(429, "TooManyJobs", f"You have more than {MAX_RUNNING} jobs queued or running")
    number = call.store.next_id("job", 1)
    job = {
        "id": "V3-" + hashlib.md5(f"job {number}".encode(), usedforsecurity=False).hexdigest(),
        "job_type": job_type,
        "total": total if total is not None else (len(results) if isinstance(results, list) else None),
        "progress": None,
        "status": "queued",
        "message": None,
        "results": None,
        "_results": results,
    }
    call.store.put(KIND, job)
    return {"job_status": _show(call, job)}


def create_many(call: Call, resource: Resource, given: Sequence[Doc]) -> Doc:
    """Create each; rows that fail carry their error, the others are kept."""

    def create(item: Doc) -> Doc:
        return {"id": resource.create(call, item)["id"], "account_id": ACCOUNT_ID, "success": True}

    return start(call, [attempt(index, item, create) for index, item in enumerate(given)], job_type="Bulk Create")


def destroy_many(call: Call, resource: Resource, ids: Sequence[Id]) -> Doc:
    """Delete each, in the way that its own DELETE does."""

    def destroy(id: Id) -> Doc:
        doc = resource.need(call, id)
        if resource.removed:
            resource.removed(call, doc)
        if not resource.where:
            call.store.delete(resource.plural, id)
        return {"id": id, "action": "delete", "status": "Deleted", "success": True}

    return start(call, [attempt(index, id, destroy) for index, id in enumerate(ids)], job_type="Bulk Delete")


def update_many(call: Call, resource: Resource, update: Callable[[Doc, Doc], Doc] | None = None) -> Doc:
    """`?ids=` with one set of values for all, or a list of records that carry their own ids.

    `update` takes the record and the values; without it the resource's own update is used.
    """
    values = [{"id": id, **call.wrapped(resource.name)} for id in call.ids()] if call.query_list("ids") else None
    if values is None:
        values = call.wrapped_list(resource.plural)
    change = update or (lambda doc, given: resource.update(call, doc, given))

    def work(given: Doc) -> Doc:
        doc = change(resource.need(call, given.get("id")), {k: v for k, v in given.items() if k != "id"})
        return {"id": doc["id"], "action": "update", "status": "Updated", "success": True}

    rows = [attempt(index, given, work) for index, given in enumerate(values)]
    return start(call, rows, job_type="Bulk Update")


def attempt(index: int, item: T, work: Callable[[T], Doc]) -> Doc:
    """One row of results: what the work answers, or its error."""
    try:
        return {"index": index, **work(item)}
    except ZendeskError as error:
        body = error.body if isinstance(error.body, dict) else {"error": "Error", "description": str(error.body)}
        row = {
            "index": index,
            "success": False,
            "error": body.get("error"),
            "details": body.get("description"),
        }
        return row | ({"errors": body["details"]} if "details" in body else {})


def _show(call: Call, job: Doc) -> Doc:
    url = f"{call.base}/api/v2/job_statuses/{job['id']}.json"
    return {
        "id": job["id"],
        "url": url,
        **{k: v for k, v in job.items() if k != "id" and not k.startswith("_")},
    }


def _step(call: Call, job: Doc) -> Doc:
    if job["status"] == "queued":
        job |= {"status": "working", "progress": (job["total"] or 0) // 2, "message": "Working"}
    elif job["status"] == "working":
        moment = call.store.clock().strftime("%Y-%m-%d %H:%M:%S +0000")
        job |= {"status": "completed", "progress": job["total"], "message": f"Completed at {moment}"}
        job["results"] = job.pop("_results")
    return call.store.put(KIND, job)


@writes
def _poll(call: Call) -> Doc:
    job = call.store.get(KIND, call.path["id"])
    if job is None:
        raise errors.not_found()
    return {"job_status": _show(call, _step(call, job))}


@writes
def _poll_many(call: Call) -> Doc:
    jobs = call.store.many(KIND, list(call.query_list("ids")))
    return {"job_statuses": [_show(call, _step(call, job)) for job in jobs]}


def _list(call: Call) -> Doc:
    jobs = call.store.list(KIND)
    return {
        "job_statuses": [_show(call, job) for job in jobs],
        "count": len(jobs),
        "next_page": None,
        "previous_page": None,
    }


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {
    "GET job_statuses": _list,
    "GET job_statuses/show_many": _poll_many,
    "GET job_statuses/{id}": _poll,
}
