"""Tags of tickets, users and organizations, and the account's list of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Routes
from ..paging import page
from ..resource import Resource
from ..store import Doc, Query
from . import rules

OWNERS = ("tickets", "users", "organizations")


def normal(given: object) -> list[str]:
    """Tags as the service keeps them: lower case, once each, in the order given; text is split at blanks and commas."""
    words = given.replace(",", " ").split() if isinstance(given, str) else given or []
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise errors.bad_value("tags", given)
    return list(dict.fromkeys(part.lower() for word in words for part in word.replace(",", " ").split()))


def _show(call: Call) -> Doc:
    return {"tags": _owner(call)["tags"]}


def _change(change: Callable[[list[str], list[str]], list[str]], status: int) -> Callable[[Call], Answer]:
    """A tag endpoint: what becomes of the old tags with the given ones."""

    def handler(call: Call) -> Answer:
        owner, kind = _owner(call), _kind(call)
        if kind == "tickets":
            rules.refuse_closed(owner)
        body = call.json if isinstance(call.json, dict) else {}
        # a DELETE may name its tags in the query instead
        given = body.get("tags") or call.query("tags")
        if given is None:
            raise errors.parameter_missing("tags")
        rules.safe_update(owner, body)
        tags = change(owner["tags"], normal(given))
        if tags != owner["tags"]:
            moment = call.store.now()
            call.store.put(kind, {**owner, "tags": tags, "updated_at": moment})
        return NO_CONTENT if status == 204 else Answer({"tags": tags}, status)

    return handler


def _kind(call: Call) -> str:
    return call.request.url.path.split("/")[3]


def _owner(call: Call) -> Doc:
    kind = call.kinds[_kind(call)]
    return kind.need(call, call.path["id"])


def counted(call: Call) -> list[Doc]:
    """Every tag of the account with how many tickets, users and organizations carry it, most used first."""
    counts: Counter[str] = Counter()
    for kind in OWNERS:
        for doc in call.store.select(Query(kind, {"_deleted": None})):
            counts.update(doc.get("tags") or [])
    return [{"name": name, "count": n} for name, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def _list(call: Call) -> Doc:
    found = page(call, counted(call))
    return found.answer("tags")


def _count(call: Call) -> Doc:
    return {"count": {"value": len(counted(call)), "refreshed_at": call.store.now()}}


def _autocomplete(call: Call) -> Doc:
    name = (call.query("name") or "").lower()
    if len(name) < 2:
        raise errors.titled(400, "Invalid attribute", "name must have at least 2 characters")
    found = [tag["name"] for tag in counted(call) if tag["name"].startswith(name)]
    return {"tags": found, "count": len(found)}


def _add(old: list[str], given: list[str]) -> list[str]:
    return list(dict.fromkeys([*old, *given]))


def _remove(old: list[str], given: list[str]) -> list[str]:
    return [tag for tag in old if tag not in given]


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {"GET tags": _list, "GET tags/count": _count, "GET autocomplete/tags": _autocomplete}
for _name in OWNERS:
    ROUTES[f"GET {_name}/{{id}}/tags"] = _show
    ROUTES[f"POST {_name}/{{id}}/tags"] = _change(lambda old, given: given, 201)
    ROUTES[f"PUT {_name}/{{id}}/tags"] = _change(_add, 200)
    ROUTES[f"DELETE {_name}/{{id}}/tags"] = _change(_remove, 204)
