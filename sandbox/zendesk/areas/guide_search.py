"""Articles found by words, and articles changed since a time."""

from __future__ import annotations

import re
from datetime import datetime

from .. import errors
from ..call import Answer, Call, Routes
from ..paging import page
from ..resource import Resource
from ..store import Doc, Query
from .guide import both, numbered
from .guide_content import ARTICLE, articles_that, sections_in

SEARCH_SIZE, SEARCH_MAX = 25, 1000
INCREMENT = 1000


def _changed_articles(call: Call) -> Answer:
    """The incremental list: oldest change first, with the time to go on from."""
    if call.query("start_time") is None:
        raise errors.parameter_missing("start_time")
    if call.query("page[size]") is not None:
        return ARTICLE.listing(call, articles_that(call))
    rows = Query("articles", articles_that(call).where, "updated_at")
    docs = call.store.select(rows, INCREMENT)
    end = _seconds(docs[-1]["updated_at"]) if docs else call.integer("start_time", call.query("start_time"))
    more = call.store.count(rows) > len(docs)
    url = f"{call.base}/api/v2/help_center/incremental/articles.json?start_time={end + 1}"
    shown = [ARTICLE.show(call, doc) for doc in docs]
    return Answer({"articles": shown, "count": len(shown), "end_time": end, "next_page": url if more else None})


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


# -- search


def _search(call: Call) -> Doc:
    """By words, category, section or labels; numbered pages only, 1000 results at most."""
    if not any(call.query(name) for name in ("query", "category", "section", "label_names")):
        raise errors.help_center(query="query, category, section or label_names must be given")
    rows = [doc for doc in call.store.select(_searched(call)) if _has_words(doc, call.query("query") or "")]
    found = page(call, rows[:SEARCH_MAX], styles="offset", default_size=SEARCH_SIZE)
    results = []
    for doc in found.docs:
        text = re.sub(r"<[^<>]+>", " ", doc["body"])
        snippet = " ".join(text.split())[:140]
        results.append({**ARTICLE.show(call, doc), "result_type": "article", "snippet": snippet})
    return numbered(call, found.answer("results", results), None, SEARCH_SIZE)


def _searched(call: Call) -> Query:
    where: Doc = {"draft": False}
    sections = {call.integer("section", id) for id in call.query_list("section")}
    for category in call.query_list("category"):
        sections |= set(sections_in(call, call.integer("category", category)))
    if call.query("category") or call.query("section"):
        where["section_id"] = sorted(sections)
    if labels := call.query_list("label_names"):
        where["label_names@"] = labels
    if (locale := call.query("locale")) and locale != "*":
        where["_locales@"] = locale.lower()
    for name in ("created", "updated"):
        if moment := call.query(f"{name}_after"):
            where[f"{name}_at>"] = f"{moment}T23:59:59Z"
        if moment := call.query(f"{name}_before"):
            where[f"{name}_at<"] = moment
        if moment := call.query(f"{name}_at"):
            where[f"{name}_at^"] = moment
    order = call.query("sort_by")
    down = call.query("sort_order") != "asc"
    return Query("articles", where, order, down) if order in ("created_at", "updated_at") else Query("articles", where)


def _has_words(doc: Doc, query: str) -> bool:
    text = f"{doc['title']} {doc['body']} {' '.join(doc['label_names'])}".lower()
    return all(word in text for word in query.lower().replace('"', " ").split())


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = both({"GET incremental/articles": _changed_articles, "GET articles/search": _search})
