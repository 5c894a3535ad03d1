"""What the help center's endpoints share: languages, paging keys, errors, and both families of paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from .. import errors
from ..call import Answer, Call, Routes
from ..errors import ZendeskError
from ..paging import encode_cursor
from ..resource import Resource
from ..sideload import Include
from ..store import Doc, Id, Query, stamp

DEFAULT_LOCALE = "en-us"
LOCALES = (DEFAULT_LOCALE, "de", "es", "fr")
PER_PAGE = 30
ROOT = "help_center"
# a place before and one behind every record, whatever the list is ordered by
BEFORE, BEHIND = (-1, -1), ("\U0010ffff", 2**62)


def locale_of(call: Call) -> str | None:
    """The language of the path; it must be one of the help center, in lower case, else 404."""
    locale = call.path.get("locale")
    if locale is not None and locale not in LOCALES:
        raise errors.not_found()
    return locale


def both(routes: Routes) -> Routes:
    """Each endpoint under `help_center/` and under `help_center/{locale}/`."""
    found: Routes = {}
    for key, handler in routes.items():
        method, path = key.split(" ")
        found[f"{method} {ROOT}/{path}"] = handler
        found[f"{method} {ROOT}/{{locale}}/{path}"] = handler
    return found


def user_id(call: Call) -> int:
    """The user of the path; `me` is who asks."""
    return int(call.user["id"]) if call.path["user_id"] == "me" else call.id("user_id")


def since(call: Call, name: str = "start_time") -> str | None:
    """A time in seconds since 1970, as the service writes times."""
    text = call.query(name)
    try:
        return None if text is None else stamp(datetime.fromtimestamp(call.integer(name, text), UTC))
    except (OverflowError, OSError, ValueError):
        raise errors.invalid_attribute(name, "a time") from None


def page_url(call: Call, locale: str, kind: str, id: object, title: str) -> str:
    """Where a person reads it."""
    slug = "-".join("".join(c if c.isalnum() else " " for c in title).split())
    return f"{call.base}/hc/{locale}/{kind}/{id}-{quote(slug)}"


@contextmanager
def guide_errors() -> Iterator[None]:
    """Turn Support's 422 into the help center's 400."""
    try:
        yield
    except ZendeskError as error:
        if error.status != 422 or not isinstance(error.body, dict):
            raise
        rows = error.body["details"].items()
        body = {"errors": {name: [row["description"] for row in found] for name, found in rows}}
        raise ZendeskError(400, body) from None


@dataclass(frozen=True, kw_only=True)
class GuideResource(Resource):
    """A kind of record of the help center; `wire` is the name of a list of them where it is not the kind's."""

    wire: str = ""

    def create(self, call: Call, given: Doc) -> Doc:
        with guide_errors():
            return super().create(call, given)

    def update(self, call: Call, doc: Doc, given: Doc) -> Doc:
        with guide_errors():
            return super().update(call, doc, given)

    def listing(self, call: Call, rows: Query) -> Answer:
        """A page with the help center's keys: `first` and `last` links and a Link header, or page numbers."""
        order, down = call.query("sort_by"), call.query("sort_order") == "desc"
        if order and order in self.sort_by:
            rows = replace(rows, order=order, descending=down)
        elif call.query("sort_order"):
            rows = replace(rows, descending=down)
        body = self.page(call, rows, default_size=PER_PAGE)
        if self.wire:
            body[self.wire] = body.pop(self.plural)
        if "links" not in body:
            return Answer(numbered(call, body, rows, PER_PAGE))
        sort = call.query("sort") or ""
        behind = BEFORE if (sort.startswith("-") if sort else rows.descending) else BEHIND
        body["links"] |= {"first": _link(call), "last": _link(call, ("page[before]", encode_cursor(behind)))}
        following = body["links"]["next"]
        return Answer(body, 200, {"Link": f'<{following}>; rel="next"'} if following else {})


def numbered(call: Call, body: Doc, rows: Query | None, default_size: int) -> Doc:
    """The keys of a numbered page that only the help center has."""
    size = min(int(call.query("per_page") or default_size) or 1, 100)
    down = rows.descending if rows else False
    return body | {
        "page": max(int(call.query("page") or 1), 1),
        "per_page": size,
        "page_count": -(-body["count"] // size),
        "sort_by": call.query("sort_by") or (rows.order if rows else None),
        "sort_order": call.query("sort_order") or ("desc" if down else "asc"),
    }


def _link(call: Call, *more: tuple[str, str]) -> str:
    params = call.request.query_params.multi_items()
    kept = [(name, value) for name, value in params if name not in ("page[after]", "page[before]")]
    return f"{call.base}{call.request.url.path}?{urlencode([*kept, *more])}"


def translations_of(source_type: str) -> Include:
    """`include=translations`: each record gets its own, in every language."""

    def rule(call: Call, docs: Sequence[Doc]) -> dict[str, Any]:
        resource = call.kinds["translations"]
        for doc in docs:
            found = call.store.list("translations", source_id=doc["id"], source_type=source_type)
            doc["translations"] = [resource.show(call, row) for row in found]
        return {}

    return rule


@dataclass(frozen=True, kw_only=True)
class Translated(GuideResource):
    """A kind that exists in several languages; its own texts are those of its first language, `source_locale`."""

    source_type: str
    title: str = "name"
    body: str = "description"
    parent: tuple[str, str] | None = None
    """The field that names what it stands in, and the kind of that."""

    def create(self, call: Call, given: Doc) -> Doc:
        """A new record is also its own first translation."""
        locale = locale_of(call) or given.get("locale") or DEFAULT_LOCALE
        if locale not in LOCALES:
            raise errors.help_center(locale="is not included in the list")
        self._check_parent(call, given)
        doc = super().create(call, given)
        doc |= {"source_locale": locale, "_locales": [locale]}
        texts = {"title": doc[self.title], "body": doc[self.body] or "", "draft": doc.get("draft", False)}
        source = {"source_id": doc["id"], "source_type": self.source_type, "locale": locale}
        author = {"created_by_id": call.user["id"], "updated_by_id": call.user["id"]}
        call.kinds["translations"].new(call.store, **source, **texts, **author)
        return call.store.put(self.plural, doc)

    def update(self, call: Call, doc: Doc, given: Doc) -> Doc:
        """All but the texts: those are changed through the translations."""
        self._check_parent(call, {**doc, **given})
        texts = (self.title, self.body)
        return super().update(call, doc, {name: value for name, value in given.items() if name not in texts})

    def show(self, call: Call, doc: Doc) -> Doc:
        """In the language of the path where it exists in that, with the addresses in it."""
        locale = call.path.get("locale") or doc["source_locale"]
        if locale != doc["source_locale"] and (found := self._translation(call, doc, locale)):
            doc = {**doc, self.title: found["title"], self.body: found["body"], "outdated": found["outdated"]}
        else:
            locale = doc["source_locale"]
        shown = {**super().show(call, doc), "locale": locale}
        many = self.plural
        shown["url"] = f"{call.base}/api/v2/{ROOT}/{locale}/{many}/{doc['id']}.json"
        shown["html_url"] = page_url(call, locale, many, doc["id"], doc[self.title])
        return shown

    def remove(self, call: Call, doc: Doc) -> None:
        call.store.delete(self.plural, doc["id"])
        for row in call.store.list("translations", source_id=doc["id"], source_type=self.source_type):
            call.store.delete("translations", row["id"])

    def _translation(self, call: Call, doc: Doc, locale: str) -> Doc | None:
        return call.store.first("translations", source_id=doc["id"], source_type=self.source_type, locale=locale)

    def _check_parent(self, call: Call, given: Doc) -> None:
        id = given.get(self.parent[0]) if self.parent else None
        if self.parent and not (isinstance(id, int) and call.store.get(self.parent[1], id)):
            raise errors.help_center(**{self.parent[0]: "does not exist"})


def of_locale(query: Query, locale: str | None) -> Query:
    """Only the records that exist in the language."""
    return query.also(**{"_locales@": locale}) if locale else query


def need_in(call: Call, resource: Resource, id: Id | str) -> Doc:
    """The record, or 404; also where it does not exist in the language of the path."""
    doc, locale = resource.need(call, id), locale_of(call)
    if locale and locale not in doc["_locales"]:
        raise errors.not_found()
    return doc
