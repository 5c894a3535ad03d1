"""The help center: categories, sections, articles in four languages, labels, attachments and comments."""

from __future__ import annotations

from ..areas.guide import DEFAULT_LOCALE
from ..areas.guide_content import ARTICLE, CATEGORY, SECTION
from ..areas.guide_details import ATTACHMENT, COMMENT, LABEL
from ..areas.guide_translations import TRANSLATION
from ..auth import ADMIN_ID
from ..seeding import ago
from ..store import Doc, Store

FIRST_ARTICLE = 360001100001
AUTHORS = (ADMIN_ID, 67890, 54321, 987654, 1002)
READERS = (67890, 123456, 1234567, 9876543, 11111, ADMIN_ID)
# id: name, description
CATEGORIES = {
    123456: ("First steps", "From the box to the first message"),
    1901: ("Account and billing", "Contracts, invoices and payments"),
    1902: ("Devices", "Setting up, looking after, replacing"),
    1903: ("Problems and fixes", "What to try before you write to us"),
    1904: ("For administrators", "Users, rights and data"),
}
# id: category, name, titles of its articles
SECTIONS: dict[int, tuple[int, str, list[str]]] = {
    123456: (
        123456,
        "Signing in",
        ["Reset your password", "Sign in with a code", "Use two factors", "Change your email"],
    ),
    2401: (
        123456,
        "The first week",
        ["Find your way around", "Invite colleagues", "Write your first ticket", "Follow a ticket"],
    ),
    2402: (
        123456,
        "On the phone",
        ["Install the app", "Turn notifications on", "Work without a network", "Scan a code"],
    ),
    2403: (
        1901,
        "Invoices",
        ["Read an invoice", "Change the billing address", "Get a copy of an invoice", "Pay by transfer"],
    ),
    2404: (1901, "Contracts", ["Add a seat", "Move to another plan", "End a contract", "Add a purchase order"]),
    2405: (1901, "Refunds", ["Ask for a refund", "How long a refund takes", "Refunds abroad", "Partial refunds"]),
    2406: (1902, "Routers", ["Connect a router", "Update a router", "Restart a router", "Lights of the router"]),
    2407: (1902, "Printers", ["Connect a printer", "Clear a paper jam", "Order toner", "Print from the phone"]),
    2408: (1902, "Cameras", ["Mount a camera", "Share a camera", "Keep recordings", "Clean the lens"]),
    2409: (
        1902,
        "Warranty",
        ["What the warranty covers", "Send a device in", "Find the serial number", "Loan devices"],
    ),
    2410: (1903, "Connections", ["The line is slow", "The VPN drops", "No network after an update", "Ports to open"]),
    2411: (
        1903,
        "Messages",
        ["Mail does not arrive", "Mail arrives twice", "Attachments are missing", "Wrong language"],
    ),
    2412: (
        1903,
        "Known problems",
        ["Known problems of this month", "Solved last month", "Report a problem", "Status page"],
    ),
    2413: (1904, "Users and rights", ["Add a user", "Roles explained", "Suspend a user", "Merge two users"]),
    2414: (1904, "Data", ["Export your data", "Delete personal data", "Where data is kept", "Retention"]),
    2415: (1904, "API", ["Create an API token", "Limits of the API", "Webhooks", "Changes of the API"]),
}
LABELS = {
    123456: "product",
    2501: "feature",
    2502: "faq",
    2503: "password",
    2504: "billing",
    2505: "network",
    2506: "mobile",
    2507: "hardware",
    2508: "how_to",
    2509: "security",
    2510: "administration",
    2511: "release_notes",
}
CATEGORY_LABELS = {123456: "product", 1901: "billing", 1902: "hardware", 1903: "network", 1904: "administration"}
MORE_LABELS = ("feature", "faq", "how_to", "security")
# articles with an id of their own: title, section, labels
NAMED: dict[int, tuple[str, int, list[str]]] = {
    12345: ("Welcome", 123456, ["product", "faq", "password"]),
    123456: ("What the product can do", 123456, ["product", "feature", "faq"]),
}
# for each language: titles of the named articles, the pattern of other titles, the pattern of bodies
LANGUAGES: dict[str, tuple[dict[int, str], str, str]] = {
    "de": ({12345: "Willkommen", 123456: "Was das Produkt kann"}, "Anleitung: {}", "<p>So geht es: {}.</p>"),
    "es": ({12345: "Bienvenida", 123456: "Qué puede hacer el producto"}, "Guía: {}", "<p>Así se hace: {}.</p>"),
    "fr": ({12345: "Bienvenue", 123456: "Ce que le produit sait faire"}, "Guide : {}", "<p>Voici comment : {}.</p>"),
}
# id: article, name, type, size, inline
FILES = {
    789012: (123456, "product_overview.pdf", "application/pdf", 2048000, False),
    789013: (123456, "overview.png", "image/png", 256000, True),
    789014: (123456, "check_list.docx", "application/msword", 64000, False),
    789015: (12345, "welcome.png", "image/png", 128000, True),
    789016: (12345, "first_steps.pdf", "application/pdf", 512000, False),
    789017: (12345, "floor_plan.pdf", "application/pdf", 320000, False),
}
OPINIONS = (
    "This helped, thank you.",
    "The third step has changed since the last update.",
    "Could you add a picture?",
    "Does this work on the phone as well?",
    "Clear and short. More like this, please.",
)


def seed(store: Store) -> None:
    for position, (id, (name, text)) in enumerate(CATEGORIES.items()):
        own = {"name": name, "description": text, "position": position, **_times(400, 60 + position)}
        CATEGORY.new(store, id=id, **own, _locales=_translate(store, "Category", id, name, text, position))
    for label_id, name in LABELS.items():
        LABEL.new(store, id=label_id, name=name, **_times(395, 395))
    position = 0
    for place, (id, (category, name, titles)) in enumerate(SECTIONS.items()):
        own = {"name": name, "category_id": category, "position": place, **_times(390, 55 + place)}
        SECTION.new(store, id=id, **own, _locales=_translate(store, "Section", id, name, "", place))
        for article, (title, section, labels) in NAMED.items():
            if section == id:
                _article(store, article, position, id, title, labels)
                position += 1
        for title in titles:
            labels = [CATEGORY_LABELS[category], MORE_LABELS[position % 4]]
            _article(store, FIRST_ARTICLE + position, position, id, title, labels)
            position += 1
    for file_id, (article, file_name, kind, size, inline) in FILES.items():
        _file(store, file_id, article, file_name, kind, size, inline)


def _times(created: float, updated: float) -> Doc:
    return {"created_at": ago(created), "updated_at": ago(updated)}


def _article(store: Store, id: int, position: int, section: int, title: str, labels: list[str]) -> None:
    body = (
        f"<h2>{title}</h2><p>What you need: a few minutes and your account.</p>"
        f"<ol><li>Open the settings.</li><li>Choose <b>{title}</b>.</li><li>Follow the steps on the page.</li></ol>"
    )
    times = _times(380 - position, 100 - position)
    author = AUTHORS[position % len(AUTHORS)]
    votes = 3 + position * 7 % 20
    own = {"section_id": section, "author_id": author, "position": position, "label_names": labels}
    state = {"promoted": position % 9 == 0, "draft": position % 23 == 22, "comments_disabled": position % 11 == 10}
    count = {"vote_sum": votes - position % 3, "vote_count": votes, "edited_at": times["updated_at"]}
    locales = _translate(store, "Article", id, title, body, position)
    ARTICLE.new(store, id=id, title=title, body=body, **own, **state, **count, **times, _locales=locales)
    if id not in NAMED and position % 4 == 1:
        _file(store, 789100 + position, id, f"sheet_{position}.pdf", "application/pdf", 40000 + position, False)
    if not state["comments_disabled"]:
        _comments(store, id, position)


def _translate(store: Store, kind: str, id: int, title: str, body: str, position: int) -> list[str]:
    """Write a record's translations, in its own language first; the languages that it has."""
    named = kind == "Article" and id in NAMED
    wanted = [locale for n, locale in enumerate(LANGUAGES) if kind != "Article" or named or position % 4 == n]
    author = AUTHORS[position % len(AUTHORS)]
    for n, locale in enumerate((DEFAULT_LOCALE, *wanted)):
        own, text = title, body
        if locale != DEFAULT_LOCALE:
            titles, title_pattern, body_pattern = LANGUAGES[locale]
            own = titles[id] if named else title_pattern.format(title)
            text = body_pattern.format(own if named else title) if body else ""
        source = {"source_id": id, "source_type": kind, "locale": locale, "title": own, "body": text}
        people = {"created_by_id": author, "updated_by_id": ADMIN_ID}
        outdated = locale != DEFAULT_LOCALE and position % 5 == 4
        TRANSLATION.new(store, **source, **people, outdated=outdated, **_times(370, 90 - n))
    return [DEFAULT_LOCALE, *wanted]


def _comments(store: Store, article: int, position: int) -> None:
    many = {12345: 4, 123456: 3}.get(article, position % 3)
    for n in range(many):
        id = 789012 + n if article == 123456 else 790000 + position * 10 + n
        author = READERS[(position + n) % len(READERS)]
        own = {"source_id": article, "author_id": author, "body": f"<p>{OPINIONS[(position + n) % 5]}</p>"}
        votes = {"vote_sum": n, "vote_count": n + 1}
        COMMENT.new(store, id=id, **own, **votes, **_times(80 - n, 80 - n))


def _file(store: Store, id: int, article: int, name: str, kind: str, size: int, inline: bool) -> None:
    names = {"file_name": name, "display_file_name": name, "content_type": kind}
    own = {"article_id": article, "size": size, "inline": inline, "locale": None if inline else DEFAULT_LOCALE}
    ATTACHMENT.new(store, id=id, **names, **own, **_times(200, 200))
