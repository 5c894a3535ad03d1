"""What hangs on the help center's articles: labels, attachments and comments of readers."""

from __future__ import annotations

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Handler, Routes
from ..sideload import Related
from ..store import Doc
from .guide import DEFAULT_LOCALE, ROOT, GuideResource, both, need_in, page_url, user_id
from .guide_content import ARTICLE

# -- labels

LABEL = GuideResource(
    name="label",
    plural="labels",
    path="help_center/articles/labels",
    fields={"name": ""},
    verbs=(),
    typed=True,
    required=("name",),
    sorts=("name", "created_at", "updated_at"),
)


def _labels_of_article(call: Call) -> Answer:
    names = need_in(call, ARTICLE, call.path["id"])["label_names"]
    return LABEL.listing(call, LABEL.query(name=names))


def _label_article(call: Call) -> Answer:
    article = need_in(call, ARTICLE, call.path["id"])
    given = call.wrapped("label")
    name = str(given.get("name") or "")
    label = call.store.first("labels", name=name) or LABEL.create(call, {**given, "name": name})
    if label["name"] not in article["label_names"]:
        call.store.put("articles", {**article, "label_names": [*article["label_names"], label["name"]]})
    return LABEL.created(call, label)


def _unlabel(call: Call, article: Doc, name: str) -> None:
    kept = [label for label in article["label_names"] if label != name]
    call.store.put("articles", {**article, "label_names": kept})


def _unlabel_article(call: Call) -> Answer:
    article = need_in(call, ARTICLE, call.path["id"])
    label = LABEL.need(call, call.path["label_id"])
    if label["name"] not in article["label_names"]:
        raise errors.not_found()
    _unlabel(call, article, label["name"])
    return NO_CONTENT


def _delete_label(call: Call) -> Answer:
    label = LABEL.need(call, call.path["id"])
    for article in call.store.list("articles", **{"label_names@": label["name"]}):
        _unlabel(call, article, label["name"])
    call.store.delete("labels", label["id"])
    return NO_CONTENT


# -- attachments


def _show_attachment(call: Call, doc: Doc) -> Doc:
    relative = f"/hc/article_attachments/{doc['id']}/{doc['file_name']}"
    at = f"articles/{doc['article_id']}/attachments" if doc["article_id"] else "articles/attachments"
    url = f"{call.base}/api/v2/{ROOT}/{at}/{doc['id']}.json"
    return {**doc, "url": url, "relative_path": relative, "content_url": call.base + relative}


ATTACHMENT = GuideResource(
    name="article_attachment",
    plural="article_attachments",
    fields={
        "article_id": None,
        "file_name": "",
        "content_type": "",
        "size": 0,
        "inline": False,
        "locale": None,
    },
    readonly={"display_file_name": "", "guide_media_id": None},
    verbs=(),
    sorts=("created_at", "updated_at"),
    present=_show_attachment,
)


def _attachments(**where: bool) -> Handler:
    def handler(call: Call) -> Answer:
        article = need_in(call, ARTICLE, call.path["id"])
        return ATTACHMENT.listing(call, ATTACHMENT.query(article_id=article["id"], **where))

    return handler


def _attachment_of_article(call: Call) -> Doc:
    article, attachment = (
        need_in(call, ARTICLE, call.path["id"]),
        ATTACHMENT.need(call, call.path["attachment_id"]),
    )
    if attachment["article_id"] != article["id"]:
        raise errors.not_found()
    return ATTACHMENT.one(call, attachment)


def _attachment(call: Call) -> Doc:
    return ATTACHMENT.one(call, ATTACHMENT.need(call, call.path["id"]))


def _delete_attachment(call: Call) -> Answer:
    call.store.delete("article_attachments", ATTACHMENT.need(call, call.path["id"])["id"])
    return NO_CONTENT


# -- comments


def _show_comment(call: Call, doc: Doc) -> Doc:
    at = f"articles/{doc['source_id']}"
    article = call.store.get("articles", doc["source_id"]) or {"title": ""}
    page = page_url(call, doc["locale"], "articles", doc["source_id"], article["title"])
    url = f"{call.base}/api/v2/{ROOT}/{at}/comments/{doc['id']}.json"
    return {**doc, "url": url, "html_url": f"{page}/comments/{doc['id']}"}


COMMENT = GuideResource(
    name="comment",
    plural="article_comments",
    wire="comments",
    fields={"body": "", "locale": DEFAULT_LOCALE, "author_id": None},
    readonly={
        "source_id": 0,
        "source_type": "Article",
        "vote_sum": 0,
        "vote_count": 0,
        "non_author_editor_id": None,
        "non_author_updated_at": None,
    },
    write_only=("notify_subscribers",),
    verbs=(),
    typed=True,
    required=("body",),
    sorts=("created_at", "updated_at"),
    includes={"users": Related("users", ["author_id"]), "articles": Related("articles", ["source_id"])},
    present=_show_comment,
)


def _comments_of_article(call: Call) -> Answer:
    return COMMENT.listing(call, COMMENT.query(source_id=need_in(call, ARTICLE, call.path["id"])["id"]))


def _comments_of_user(call: Call) -> Answer:
    return COMMENT.listing(call, COMMENT.query(author_id=user_id(call)))


def _need_comment(call: Call) -> Doc:
    article, comment = need_in(call, ARTICLE, call.path["id"]), COMMENT.need(call, call.path["comment_id"])
    if comment["source_id"] != article["id"]:
        raise errors.not_found()
    return comment


def _create_comment(call: Call) -> Answer:
    """200 where other creations answer 201."""
    article = need_in(call, ARTICLE, call.path["id"])
    if article["comments_disabled"]:
        raise errors.help_center(base="Comments are disabled for this article")
    comment = COMMENT.create(call, call.wrapped("comment"))
    comment |= {"source_id": article["id"], "author_id": comment["author_id"] or call.user["id"]}
    return Answer(COMMENT.one(call, call.store.put("article_comments", comment)))


def _update_comment(call: Call) -> Doc:
    return COMMENT.one(call, COMMENT.update(call, _need_comment(call), call.wrapped("comment")))


def _delete_comment(call: Call) -> Answer:
    call.store.delete("article_comments", _need_comment(call)["id"])
    return NO_CONTENT


RESOURCES = (LABEL, ATTACHMENT, COMMENT)
ROUTES: Routes = {
    **both(
        {
            "GET articles/labels": lambda call: LABEL.listing(call, LABEL.query()),
            "GET articles/labels/{id}": lambda call: LABEL.one(call, LABEL.need(call, call.path["id"])),
            "DELETE articles/labels/{id}": _delete_label,
            "GET articles/{id}/labels": _labels_of_article,
            "POST articles/{id}/labels": _label_article,
            "DELETE articles/{id}/labels/{label_id}": _unlabel_article,
            "GET articles/{id}/attachments": _attachments(),
            "GET articles/{id}/attachments/inline": _attachments(inline=True),
            "GET articles/{id}/attachments/block": _attachments(inline=False),
            "GET articles/{id}/attachments/{attachment_id}": _attachment_of_article,
            "GET articles/attachments/{id}": _attachment,
            "DELETE articles/attachments/{id}": _delete_attachment,
            "GET articles/{id}/comments": _comments_of_article,
            "POST articles/{id}/comments": _create_comment,
            "GET articles/{id}/comments/{comment_id}": lambda call: COMMENT.one(call, _need_comment(call)),
            "PUT articles/{id}/comments/{comment_id}": _update_comment,
            "DELETE articles/{id}/comments/{comment_id}": _delete_comment,
            "GET users/{user_id}/comments": _comments_of_user,
        }
    ),
}
