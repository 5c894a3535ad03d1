"""The search syntax: words, "phrases", field:value with its operators, -negation and wild*cards."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

import jsonschema_rs

from ..call import Call
from ..store import Doc, stamp

Matcher: TypeAlias = Callable[[str, Doc], bool]
"""Whether a record (its result type and itself) is a hit."""

TOKEN = re.compile(r'(-?)(?:([\w.]+)(:|<=|>=|<|>))?("[^"]*"?|\S+)')
RELATIVE = re.compile(r"(\d+)(minute|hour|day|week|month|year)s?")
HOURS = {"minute": 1 / 60, "hour": 1, "day": 24, "week": 168, "month": 730, "year": 8760}
MAX_HOURS = 8760 * 1000
RESULT_TYPES = ("ticket", "user", "organization", "group")
ORDERED = {
    "status": ("new", "open", "pending", "hold", "solved", "closed"),
    "priority": ("low", "normal", "high", "urgent"),
}
ALIASES = {
    "created": "created_at",
    "updated": "updated_at",
    "ticket_type": "type",
    "due_date": "due_at",
    "tags": "tags",
    "tag": "tags",
    "form": "ticket_form_id",
    "brand": "brand_id",
    "organization": "organization_id",
    "group": "group_id",
    "assignee": "assignee_id",
    "requester": "requester_id",
    "submitter": "submitter_id",
    "cc": "collaborator_ids",
}
PEOPLE = ("assignee_id", "requester_id", "submitter_id", "collaborator_ids")
TEXTS = {
    "ticket": ("id", "subject", "description", "external_id", "tags"),
    "user": ("name", "email", "alias", "phone", "notes", "details", "external_id", "tags"),
    "organization": ("name", "notes", "details", "external_id", "domain_names", "tags"),
    "group": ("name", "description"),
}


@dataclass(frozen=True)
class Term:
    negated: bool
    field: str
    operator: str
    value: str
    phrase: bool


def parse(text: str) -> list[Term]:
    terms = []
    for negated, field, operator, value in TOKEN.findall(text):
        terms.append(Term(bool(negated), field, operator, value.strip('"'), value.startswith('"')))
    return terms


def wanted_types(text: str) -> tuple[str, ...]:
    """The result types that `type:` names; all where it names none."""
    named = {term.value for term in parse(text) if term.field == "type" and term.operator == ":" and not term.negated}
    return tuple(kind for kind in RESULT_TYPES if kind in named) or RESULT_TYPES


def compile(call: Call, text: str) -> Matcher:
    """Terms of one field are alternatives, those of different fields all hold; so do all words."""
    terms = [term for term in parse(text) if not (term.field == "type" and term.value in RESULT_TYPES)]

    def matches(kind: str, doc: Doc) -> bool:
        alternatives: dict[tuple[str, str], bool] = {}
        for term in terms:
            hit = _hit(call, kind, doc, term)
            if term.negated:
                if hit:
                    return False
            elif term.field and term.operator == ":":
                key = (term.field, term.operator)
                alternatives[key] = alternatives.get(key, False) or hit
            elif not hit:
                return False
        return all(alternatives.values())

    return matches


def _hit(call: Call, kind: str, doc: Doc, term: Term) -> bool:
    if not term.field:
        texts = [str(text) for name in TEXTS[kind] for text in _listed(doc.get(name)) if text is not None]
        if kind == "ticket":
            texts += _comments(call).get(doc["id"], [])
        return any(_word(term, text) for text in texts)
    if term.field.startswith("custom_field_"):
        values = [field["value"] for field in doc.get("custom_fields", []) if str(field["id"]) == term.field[13:]]
        return any(_equal(term, value) for value in values)
    if term.field == "fieldvalue":
        return any(_equal(term, field["value"]) for field in doc.get("custom_fields", []))
    if term.field == "via":
        return bool(_equal(term, doc.get("via", {}).get("channel")))
    if term.field == "solved":
        return doc.get("status") in ("solved", "closed") and _compare(call, term, "updated_at", doc["updated_at"])
    name = ALIASES.get(term.field, term.field)
    if name not in doc:
        owned = doc.get("user_fields") or doc.get("organization_fields") or {}
        return term.field in owned and _equal(term, owned[term.field])
    if term.value == "none":
        return term.operator == ":" and doc[name] in (None, "", [])
    return any(_compare(call, term, name, value) for value in _listed(doc[name]))


def _comments(call: Call) -> dict[int, list[str]]:
    """What was said in each ticket."""

    def collect() -> dict[int, list[str]]:
        said: dict[int, list[str]] = {}
        for comment in call.store.list("comments"):
            said.setdefault(comment["ticket_id"], []).append(comment["body"])
        return said

    return call.once("comment texts", collect)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _compare(call: Call, term: Term, name: str, value: Any) -> bool:
    if value is None:
        return False
    if name in PEOPLE:
        return _person(call, term.value, value)
    if name in ("organization_id", "group_id") and not term.value.isdigit():
        owner = call.store.get("organizations" if name == "organization_id" else "groups", value)
        return bool(owner) and _equal(term, owner["name"] if owner else None)
    if name.endswith("_at"):
        return _dated(call, term, str(value))
    if term.operator == ":":
        return (
            _word(term, str(value))
            if name in ("subject", "description", "name", "notes", "details")
            else _equal(term, value)
        )
    scale = ORDERED.get(name)
    if scale:
        return (
            term.value in scale
            and value in scale
            and _ordered(scale.index(value), term.operator, scale.index(term.value))
        )
    if isinstance(value, int) and term.value.lstrip("-").isdigit():
        return _ordered(value, term.operator, int(term.value))
    return _ordered(str(value).lower(), term.operator, term.value.lower())


def _dated(call: Call, term: Term, value: str) -> bool:
    """Against a day, a moment, or a span before now (`4hours`; older is less)."""
    if relative := RELATIVE.fullmatch(term.value):
        hours = min(int(relative[1]) * HOURS[relative[2]], MAX_HOURS)
        return _ordered(value, term.operator, stamp(call.store.clock() - timedelta(hours=hours)))
    try:
        moment = datetime.fromisoformat(term.value)
    except ValueError:
        return False
    if len(term.value) <= 10:
        return _ordered(value[:10], term.operator, term.value)
    return _ordered(value, term.operator, stamp(moment))


def _ordered(left: Any, operator: str, right: Any) -> bool:
    return bool(
        {":": left == right, "<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]
    )


def _person(call: Call, wanted: str, id: Any) -> bool:
    if wanted == "me":
        return bool(id == call.user["id"])
    if wanted.isdigit():
        return bool(id == int(wanted))
    user = call.once(f"user {id}", lambda: call.store.get("users", id))
    return bool(user) and wanted.lower() in (str(user["email"]).lower(), *_names(user["name"])) if user else False


def _names(name: str) -> tuple[str, ...]:
    return (name.lower(), *name.lower().split())


def _equal(term: Term, value: Any) -> bool:
    """Whole value, without regard to case; a * stands for anything."""
    if value is None:
        return False
    text = str(value).lower() if not isinstance(value, bool) else ("true" if value else "false")
    if "*" in term.value:
        return _is_like(term.value.lower().split("*"), text)
    return text == term.value.lower()


def _is_like(parts: list[str], text: str) -> bool:
    """Whether a text has the parts one after another, from its beginning to its end."""
    at, end = len(parts[0]), len(text) - len(parts[-1])
    if at > end or not (text.startswith(parts[0]) and text.endswith(parts[-1])):
        return False
    for part in parts[1:-1]:
        if (found := text.find(part, at, end)) < 0:
            return False
        at = found + len(part)
    return True


def _word(term: Term, text: str) -> bool:
    """The phrase, or the word as a whole, stands in the text; a * stands for the rest of a word."""
    if "*" not in term.value:
        return bool(re.search(rf"(?<!\w){re.escape(term.value.lower())}(?!\w)", text.lower()))
    return _finder(term.value.lower()).is_valid(text.lower())


@lru_cache
def _finder(wanted: str) -> jsonschema_rs.Draft202012Validator:
    """Looks for words with a * in them: Python's own search may take for ever where there are several."""
    letter, inside = r"[\p{L}\p{N}_]", r"[\p{L}\p{N}_.@-]*"
    found = inside.join("".join(f"\\u{{{ord(char):X}}}" for char in part) for part in wanted.split("*"))
    return jsonschema_rs.Draft202012Validator({"pattern": f"(?<!{letter}){found}(?!{letter})"})
