"""The help center: languages, paging with its own keys, labels, search, and what hangs on articles."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api

GUIDE = "help_center"


def ids(rows: list[dict[str, Any]]) -> list[Any]:
    return [row["id"] for row in rows]


@pytest.mark.parametrize("path", ["articles", "articles.json", "en-us/articles", "en-us/articles.json"])
def test_both_families_of_paths_with_and_without_json(api: Api, path: str) -> None:
    page = api.get(f"{GUIDE}/{path}")
    assert page["articles"][0]["id"] == 12345
    assert (page["per_page"], page["page"], page["page_count"]) == (30, 1, 3)


def test_the_first_article_has_attachments_and_comments(api: Api) -> None:
    first = api.get(f"{GUIDE}/articles", **{"page[size]": 1})["articles"][0]["id"]
    assert api.get(f"{GUIDE}/articles/{first}/attachments")["article_attachments"]
    assert api.get(f"{GUIDE}/articles/{first}/comments")["comments"]


def test_a_language_shows_its_translations_only(api: Api) -> None:
    french = api.get(f"{GUIDE}/fr/articles", per_page=100)["articles"]
    assert {article["locale"] for article in french} == {"fr"}
    assert len(french) < api.get(f"{GUIDE}/articles")["count"]
    assert api.get(f"{GUIDE}/fr/articles/123456")["article"]["title"] == "Ce que le produit sait faire"
    assert api("GET", f"{GUIDE}/fr/articles/360001100004").status_code == 404


@pytest.mark.parametrize("locale", ["en-US", "xx"])
def test_a_language_must_be_known_and_in_lower_case(api: Api, locale: str) -> None:
    assert api("GET", f"{GUIDE}/{locale}/articles").status_code == 404


def test_cursor_pages_lead_through_the_list_and_back(api: Api) -> None:
    everything = ids(api.get(f"{GUIDE}/articles", per_page=100)["articles"])
    response = api("GET", f"{GUIDE}/articles.json", params={"page[size]": 25})
    walked: list[Any] = []
    while True:
        body = response.json()
        walked += ids(body["articles"])
        if not body["meta"]["has_more"]:
            break
        assert response.headers["link"] == f'<{body["links"]["next"]}>; rel="next"'
        response = api("GET", body["links"]["next"])
    assert walked == everything
    last = api.ok("GET", body["links"]["last"])
    assert ids(last["articles"]) == everything[-25:]
    assert ids(api.ok("GET", body["links"]["first"])["articles"]) == everything[:25]


@pytest.mark.parametrize("style", [{"page[size]": 100}, {"per_page": 100}])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_articles_are_sorted_in_both_styles(api: Api, style: dict[str, int], order: str) -> None:
    page = api.get(f"{GUIDE}/articles", sort_by="updated_at", sort_order=order, **style)
    times = [article["updated_at"] for article in page["articles"]]
    assert times == sorted(times, reverse=order == "desc")


def test_every_label_must_be_on_the_article(api: Api) -> None:
    page = api.get(f"{GUIDE}/categories/123456/articles", label_names="product,feature")
    assert 123456 in ids(page["articles"])
    assert all({"product", "feature"} <= set(article["label_names"]) for article in page["articles"])


def test_sideloads_of_an_article(api: Api) -> None:
    body = api.get(f"{GUIDE}/articles/12345", include="users,sections,categories,translations")
    assert body["users"][0]["id"] == body["article"]["author_id"]
    assert (ids(body["sections"]), ids(body["categories"])) == ([123456], [123456])
    assert {row["locale"] for row in body["article"]["translations"]} == {"en-us", "de", "es", "fr"}


def test_incremental_goes_on_from_a_time(api: Api) -> None:
    body = api.get(f"{GUIDE}/incremental/articles", start_time=1700000000)
    times = [article["updated_at"] for article in body["articles"]]
    assert times == sorted(times)
    assert times[0] >= "2023-11-14T22:13:20Z"
    assert body["end_time"] > 1700000000
    assert api("GET", f"{GUIDE}/incremental/articles").status_code == 400


def test_search_finds_words_and_needs_something_to_look_for(api: Api) -> None:
    found = api.get(f"{GUIDE}/articles/search", query="password")
    assert all(row["result_type"] == "article" for row in found["results"])
    assert found["per_page"] == 25
    assert api.get(f"{GUIDE}/articles/search", query="password", section=2403)["count"] == 0
    refused = api("GET", f"{GUIDE}/articles/search")
    assert refused.status_code == 400
    assert "query" in refused.json()["errors"]


def test_attachments_are_inline_or_block(api: Api) -> None:
    at = f"{GUIDE}/articles/12345/attachments"
    every, inline, block = (api.get(f"{at}{kind}")["article_attachments"] for kind in ("", "/inline", "/block"))
    assert all(row["inline"] for row in inline)
    assert not any(row["inline"] for row in block)
    assert sorted(ids(every)) == sorted(ids(inline) + ids(block))


def test_an_attachment_belongs_to_its_article(api: Api) -> None:
    assert api.get(f"{GUIDE}/articles/123456/attachments/789012")["article_attachment"]["article_id"] == 123456
    assert api.get(f"{GUIDE}/articles/attachments/789012")["article_attachment"]["id"] == 789012
    assert api("GET", f"{GUIDE}/articles/12345/attachments/789012").status_code == 404


def test_comments_by_user_and_of_me(api: Api) -> None:
    mine = api.get(f"{GUIDE}/users/me/comments")["comments"]
    assert {row["author_id"] for row in mine} == {1001}
    assert api.get(f"{GUIDE}/users/67890/comments")["comments"]


def test_a_comment_is_created_with_200_and_checked_with_400(api: Api) -> None:
    made = api("POST", f"{GUIDE}/articles/12345/comments", {"comment": {"body": "Thanks"}})
    assert made.status_code == 200
    one = f"{GUIDE}/articles/12345/comments/{made.json()['comment']['id']}"
    assert api.get(one)["comment"]["source_id"] == 12345
    assert api("DELETE", one).status_code == 204
    refused = api("POST", f"{GUIDE}/articles/12345/comments", {"comment": {"body": ""}})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["body"])


def test_translations_are_filtered(api: Api) -> None:
    at = f"{GUIDE}/articles/123456/translations"
    assert [row["locale"] for row in api.get(at, locales="fr,de")["translations"]] == ["de", "fr"]
    assert api.get(at, draft="true")["translations"] == []
    assert len(api.get(at, outdated="false")["translations"]) == 4
    assert api.get(f"{at}/fr")["translation"]["title"] == "Ce que le produit sait faire"
    for kind in ("sections", "categories"):
        assert len(api.get(f"{GUIDE}/{kind}/123456/translations")["translations"]) == 4


def test_a_new_translation_opens_a_language(api: Api) -> None:
    at = f"{GUIDE}/articles/360001100004/translations"
    assert "fr" in api.get(f"{at}/missing")["locales"]
    given = {"translation": {"locale": "fr", "title": "Mot de passe", "body": "<p>Voici.</p>"}}
    assert api("POST", at, given).status_code == 201
    assert api.get(f"{GUIDE}/fr/articles/360001100004")["article"]["title"] == "Mot de passe"
    assert api("POST", at, given).status_code == 400


def test_the_texts_of_an_article_change_through_its_translation(api: Api) -> None:
    api.ok("PUT", f"{GUIDE}/articles/12345", {"article": {"title": "Other", "promoted": False}})
    article = api.get(f"{GUIDE}/articles/12345")["article"]
    assert (article["title"], article["promoted"]) == ("Welcome", False)
    api.ok("PUT", f"{GUIDE}/articles/12345/translations/en-us", {"translation": {"title": "Hello"}})
    assert api.get(f"{GUIDE}/articles/12345")["article"]["title"] == "Hello"


def test_labels_come_and_go(api: Api) -> None:
    at = f"{GUIDE}/articles/12345/labels"
    made = api.ok("POST", at, {"label": {"name": "brand_new"}})["label"]
    assert made["id"] in ids(api.get(at)["labels"])
    assert api("DELETE", f"{at}/{made['id']}").status_code == 204
    assert "brand_new" not in api.get(f"{GUIDE}/articles/12345")["article"]["label_names"]
    assert api("DELETE", f"{GUIDE}/articles/labels/123456").status_code == 204
    assert "product" not in api.get(f"{GUIDE}/articles/123456")["article"]["label_names"]


def test_an_article_is_made_in_a_section_and_archived(api: Api) -> None:
    given = {"article": {"title": "New", "body": "<p>Text</p>", "locale": "de"}}
    made = api("POST", f"{GUIDE}/sections/123456/articles", given)
    assert (made.status_code, made.json()["article"]["source_locale"]) == (201, "de")
    one = f"{GUIDE}/articles/{made.json()['article']['id']}"
    assert api("DELETE", one).status_code == 204
    assert api("GET", one).status_code == 404


def test_locales_of_the_help_center(api: Api) -> None:
    assert api.get(f"{GUIDE}/locales") == {"locales": ["en-us", "de", "es", "fr"], "default_locale": "en-us"}
