"""The help center's categories, sections and articles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Handler, Routes
from ..sideload import Related, related
from ..store import Doc, Query
from .guide import (
    DEFAULT_LOCALE,
    LOCALES,
    Translated,
    both,
    locale_of,
    need_in,
    of_locale,
    since,
    translations_of,
    user_id,
)

CATEGORY = Translated(
    source_type="Category",
    name="category",
    plural="categories",
    fields={"position": 0, "name": "", "description": ""},
    readonly={"source_locale": DEFAULT_LOCALE, "outdated": False, "_locales": [DEFAULT_LOCALE]},
    write_only=("locale",),
    verbs=(),
    typed=True,
    required=("name",),
    order="position",
    sorts=("position", "created_at", "updated_at"),
    sort_by=("position", "created_at", "updated_at"),
    includes={"translations": translations_of("Category")},
)
SECTION = Translated(
    source_type="Section",
    name="section",
    plural="sections",
    fields={
        "category_id": None,
        "position": 0,
        "sorting": "manual",
        "name": "",
        "description": "",
        "parent_section_id": None,
        "theme_template": "section_page",
    },
    readonly={"source_locale": DEFAULT_LOCALE, "outdated": False, "_locales": [DEFAULT_LOCALE]},
    write_only=("locale",),
    verbs=(),
    typed=True,
    required=("name",),
    order="position",
    sorts=("position", "created_at", "updated_at"),
    sort_by=("position", "created_at", "updated_at"),
    includes={
        "translations": translations_of("Section"),
        "categories": Related("categories", ["category_id"]),
    },
    parent=("category_id", "categories"),
)


def _categories_of(call: Call, articles: Sequence[Doc]) -> dict[str, Any]:
    sections = related(call, Related("sections", ["section_id"]), articles)
    return {"categories": related(call, Related("categories", ["category_id"]), sections)}


def _prepare_article(call: Call, doc: Doc, given: Doc, fresh: bool) -> None:
    doc["author_id"] = doc["author_id"] or call.user["id"]
    if not isinstance(doc["author_id"], int):
        raise errors.help_center(author_id="must be an integer")
    doc["edited_at"] = doc["updated_at"]
    if not all(isinstance(name, str) and name for name in doc["label_names"] or []):
        raise errors.help_center(label_names="must be a list of texts")
    doc["label_names"] = list(dict.fromkeys(doc["label_names"] or []))
    for name in doc["label_names"]:
        if call.store.first("labels", name=name) is None:
            call.kinds["labels"].new(call.store, name=name)


ARTICLE = Translated(
    source_type="Article",
    name="article",
    plural="articles",
    fields={
        "section_id": None,
        "author_id": None,
        "title": "",
        "body": "",
        "comments_disabled": False,
        "draft": False,
        "promoted": False,
        "position": 0,
        "user_segment_id": None,
        "user_segment_ids": [],
        "permission_group_id": 1,
        "content_tag_ids": [],
        "label_names": [],
    },
    readonly={
        "vote_sum": 0,
        "vote_count": 0,
        "source_locale": DEFAULT_LOCALE,
        "outdated": False,
        "outdated_locales": [],
        "edited_at": None,
        "_locales": [DEFAULT_LOCALE],
    },
    write_only=("locale",),
    verbs=(),
    typed=True,
    required=("title",),
    order="position",
    sorts=("position", "title", "created_at", "updated_at"),
    sort_by=("position", "title", "created_at", "updated_at"),
    includes={
        "users": Related("users", ["author_id"]),
        "sections": Related("sections", ["section_id"]),
        "categories": _categories_of,
        "translations": translations_of("Article"),
    },
    prepare=_prepare_article,
    present=lambda call, doc: {**doc, "name": doc["title"]},
    title="title",
    body="body",
    parent=("section_id", "sections"),
)

# -- reading


def _listed(resource: Translated) -> Handler:
    return lambda call: resource.listing(call, of_locale(resource.query(), locale_of(call)))


def _shown(resource: Translated) -> Handler:
    return lambda call: resource.one(call, need_in(call, resource, call.path["id"]))


def _sections_of_category(call: Call) -> Answer:
    category = need_in(call, CATEGORY, call.path["id"])
    return SECTION.listing(call, of_locale(SECTION.query(category_id=category["id"]), locale_of(call)))


def articles_that(call: Call, **where: Any) -> Query:
    """The articles that fit the query: in the language, with every label named, changed since the start time."""
    query = of_locale(ARTICLE.query(**where), locale_of(call))
    if labels := call.query_list("label_names"):
        query = query.also(**{"label_names@": labels})
    start = since(call)
    return query.also(**{"updated_at>=": start}) if start else query


def sections_in(call: Call, category: object) -> list[int]:
    return [section["id"] for section in call.store.list("sections", category_id=category)]


def _articles_of_category(call: Call) -> Answer:
    category = need_in(call, CATEGORY, call.path["id"])
    return ARTICLE.listing(call, articles_that(call, section_id=sections_in(call, category["id"])))


def _articles_of_section(call: Call) -> Answer:
    section = need_in(call, SECTION, call.path["id"])
    return ARTICLE.listing(call, articles_that(call, section_id=section["id"]))


def _articles_of_user(call: Call) -> Answer:
    return ARTICLE.listing(call, articles_that(call, author_id=user_id(call)))


# -- writing


def _create_article(call: Call) -> Answer:
    section = need_in(call, SECTION, call.path["id"])
    given = {**call.wrapped("article"), "section_id": section["id"]}
    return ARTICLE.created(call, ARTICLE.create(call, given))


def _create_section(call: Call) -> Answer:
    category = need_in(call, CATEGORY, call.path["id"])
    given = {**call.wrapped("section"), "category_id": category["id"]}
    return SECTION.created(call, SECTION.create(call, given))


def _create_category(call: Call) -> Answer:
    return CATEGORY.created(call, CATEGORY.create(call, call.wrapped("category")))


def _update(resource: Translated) -> Handler:
    def handler(call: Call) -> Doc:
        doc = need_in(call, resource, call.path["id"])
        return resource.one(call, resource.update(call, doc, call.wrapped(resource.name)))

    return handler


def _delete(resource: Translated) -> Handler:
    """With everything that stands in it."""

    def handler(call: Call) -> Answer:
        doc = need_in(call, resource, call.path["id"])
        if resource is CATEGORY:
            for section in call.store.list("sections", category_id=doc["id"]):
                _empty_section(call, section)
        elif resource is SECTION:
            _empty_section(call, doc)
        resource.remove(call, doc)
        return NO_CONTENT

    return handler


def _empty_section(call: Call, section: Doc) -> None:
    for article in call.store.list("articles", section_id=section["id"]):
        ARTICLE.remove(call, article)
    SECTION.remove(call, section)


def _locales(call: Call) -> Doc:
    return {"locales": list(LOCALES), "default_locale": DEFAULT_LOCALE}


RESOURCES = (CATEGORY, SECTION, ARTICLE)
ROUTES: Routes = {
    "GET help_center/locales": _locales,
    **both(
        {
            "POST categories": _create_category,
            "GET categories/{id}/sections": _sections_of_category,
            "POST categories/{id}/sections": _create_section,
            "GET categories/{id}/articles": _articles_of_category,
            "GET sections/{id}/articles": _articles_of_section,
            "POST sections/{id}/articles": _create_article,
            "GET users/{user_id}/articles": _articles_of_user,
            "GET articles": lambda call: ARTICLE.listing(call, articles_that(call)),
        }
    ),
}
for _resource in (CATEGORY, SECTION):
    ROUTES |= both({f"GET {_resource.plural}": _listed(_resource)})
for _resource in RESOURCES:
    _one = f"{_resource.plural}/{{id}}"
    ROUTES |= both(
        {
            f"GET {_one}": _shown(_resource),
            f"PUT {_one}": _update(_resource),
            f"DELETE {_one}": _delete(_resource),
        }
    )
