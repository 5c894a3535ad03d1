"""Translations of the help center's articles, sections and categories."""

from __future__ import annotations

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Routes
from ..store import Doc
from .guide import LOCALES, ROOT, GuideResource, Translated, page_url
from .guide_content import ARTICLE, CATEGORY, SECTION

SOURCES = {source.source_type: source for source in (ARTICLE, SECTION, CATEGORY)}


def _show_translation(call: Call, doc: Doc) -> Doc:
    source = f"{SOURCES[doc['source_type']].plural}"
    at = f"{source}/{doc['source_id']}"
    url = f"{call.base}/api/v2/{ROOT}/{at}/translations/{doc['locale']}.json"
    return {
        **doc,
        "url": url,
        "html_url": page_url(call, doc["locale"], source, doc["source_id"], doc["title"]),
    }


TRANSLATION = GuideResource(
    name="translation",
    plural="translations",
    fields={"locale": "", "title": "", "body": "", "outdated": False, "draft": False},
    readonly={
        "source_id": 0,
        "source_type": "Article",
        "hidden": False,
        "created_by_id": None,
        "updated_by_id": None,
    },
    verbs=(),
    typed=True,
    required=("locale", "title"),
    sorts=("locale", "created_at", "updated_at"),
    present=_show_translation,
)


def _settle(call: Call, source: Translated, doc: Doc) -> None:
    """Bring a record in line with its translations: its languages, and its own texts from the first of them."""
    rows = call.store.list("translations", source_id=doc["id"], source_type=source.source_type)
    doc["_locales"] = [row["locale"] for row in rows]
    own = next((row for row in rows if row["locale"] == doc["source_locale"]), None)
    if own:
        doc |= {source.title: own["title"], source.body: own["body"]}
        doc |= {"draft": own["draft"], "edited_at": call.store.now()} if source is ARTICLE else {}
    if source is ARTICLE:
        doc["outdated_locales"] = [row["locale"] for row in rows if row["outdated"]]
    call.store.put(source.plural, {**doc, "updated_at": call.store.now()})


def _source(call: Call) -> tuple[Translated, Doc]:
    """The kind that the path names, and the record of it."""
    kind = call.request.url.path.split("/")[4]
    source = next(source for source in SOURCES.values() if source.plural == kind)
    return source, source.need(call, call.path["id"])


def _need(call: Call) -> Doc:
    source, doc = _source(call)
    where = {"source_id": doc["id"], "source_type": source.source_type, "locale": call.path["language"]}
    found = call.store.first("translations", **where)
    if found is None:
        raise errors.not_found()
    return found


def _list(call: Call) -> Answer:
    source, doc = _source(call)
    rows = TRANSLATION.query(source_id=doc["id"], source_type=source.source_type)
    if locales := call.query_list("locales"):
        rows = rows.also(locale=[locale.lower() for locale in locales])
    for name in ("outdated", "draft"):
        if call.query(name):
            rows = rows.also(**{name: call.query_bool(name)})
    return TRANSLATION.listing(call, rows)


def _create(call: Call) -> Answer:
    source, doc = _source(call)
    given = call.wrapped("translation")
    if given.get("locale") not in LOCALES:
        raise errors.help_center(locale="is not included in the list")
    if given["locale"] in doc["_locales"]:
        raise errors.help_center(locale="has already been taken")
    made = TRANSLATION.create(call, given)
    made |= {"source_id": doc["id"], "source_type": source.source_type}
    made |= {"created_by_id": call.user["id"], "updated_by_id": call.user["id"]}
    call.store.put("translations", made)
    _settle(call, source, doc)
    return TRANSLATION.created(call, made)


def _update(call: Call) -> Doc:
    row = _need(call)
    given = {name: value for name, value in call.wrapped("translation").items() if name != "locale"}
    changed = TRANSLATION.update(call, {**row, "updated_by_id": call.user["id"]}, given)
    _settle(call, *_source(call))
    return TRANSLATION.one(call, changed)


def _missing(call: Call) -> Doc:
    _, doc = _source(call)
    return {"locales": [locale for locale in LOCALES if locale not in doc["_locales"]]}


def _delete(call: Call) -> Answer:
    row = TRANSLATION.need(call, call.path["id"])
    source = SOURCES[row["source_type"]]
    doc = source.need(call, row["source_id"])
    if row["locale"] == doc["source_locale"]:
        raise errors.help_center(locale="the source translation cannot be deleted")
    call.store.delete("translations", row["id"])
    _settle(call, source, doc)
    return NO_CONTENT


RESOURCES = (TRANSLATION,)
ROUTES: Routes = {f"DELETE {ROOT}/translations/{{id}}": _delete}
for _kind in (ARTICLE, SECTION, CATEGORY):
    _at = f"{ROOT}/{_kind.plural}/{{id}}/translations"
    ROUTES |= {
        f"GET {_at}": _list,
        f"POST {_at}": _create,
        f"GET {_at}/missing": _missing,
        f"GET {_at}/{{language}}": lambda call: TRANSLATION.one(call, _need(call)),
        f"PUT {_at}/{{language}}": _update,
    }
