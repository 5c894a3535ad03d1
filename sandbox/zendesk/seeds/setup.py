"""Custom fields, ticket forms, brands, roles, languages and settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..areas.account import BRAND, CUSTOM_ROLE, LOCALE, TICKET_FORM
from ..areas.fields import LAST, ORGANIZATION_FIELD, TICKET_FIELD, USER_FIELD, Field
from ..auth import ADMIN_ID
from ..seeding import ago
from ..store import Doc, Store

DEFAULT_BRAND = 1301
DEFAULT_FORM = 1201
# id: type, title, choices
SYSTEM_FIELDS: dict[int, tuple[str, str, list[str]]] = {
    1101: ("subject", "Subject", []),
    1102: ("description", "Description", []),
    1103: ("status", "Status", ["New", "Open", "Pending", "On-hold", "Solved"]),
    1104: ("tickettype", "Type", ["Question", "Incident", "Problem", "Task"]),
    1105: ("priority", "Priority", ["Low", "Normal", "High", "Urgent"]),
    1106: ("group", "Group", []),
    1107: ("assignee", "Assignee", []),
}
# id: type, title, description, choices
TICKET_FIELDS: dict[int, tuple[str, str, str, list[str]]] = {
    123: ("tagger", "Urgency", "How soon an answer is needed", ["High", "Medium", "Low"]),
    456: ("text", "Order number", "As printed on the invoice", []),
    789: ("tagger", "Kind of request", "What the ticket is about", ["Billing", "Technical", "Delivery", "Other"]),
    9876: ("text", "Equipment", "What the ticket is about, for hardware", []),
    123456: ("textarea", "Steps to repeat", "What to do to see the problem", []),
    360001234567: ("text", "Team", "The team or the device that is concerned", []),
    360001234601: ("checkbox", "Under warranty", "Ticked while the warranty runs", []),
    360001234602: ("date", "Date of purchase", "The day on the receipt", []),
    360001234603: ("decimal", "Refund", "The amount to pay back", []),
    360001234604: ("integer", "Seats", "How many people are affected", []),
    360001234605: ("multiselect", "Products", "The products concerned", ["Router", "Switch", "Camera", "Sensor"]),
    360001234606: ("regexp", "Serial number", "Two letters and six digits", []),
    360001234607: ("lookup", "Approver", "Who approves the request", []),
    360001234608: ("partialcreditcard", "Card", "The last four digits are kept", []),
    360001234609: ("text", "Old case number", "From the former system", []),
}
INACTIVE = (360001234609,)
# id: type, key, title, choices
USER_FIELDS: dict[int, tuple[str, str, str, list[str]]] = {
    123456: ("text", "customer_preference", "Preferred contact", []),
    360002234501: ("text", "department", "Department", []),
    360002234502: ("text", "employee_id", "Employee number", []),
    360002234503: ("dropdown", "customer_type", "Customer type", ["Private", "Business", "Partner"]),
    360002234504: ("checkbox", "newsletter", "Newsletter", []),
    360002234505: ("date", "customer_since", "Customer since", []),
    360002234506: ("integer", "devices", "Devices", []),
    360002234507: ("decimal", "discount", "Discount", []),
    360002234508: ("regexp", "extension", "Phone extension", []),
    360002234509: ("textarea", "remarks", "Remarks", []),
    360002234510: ("multiselect", "interests", "Interests", ["Networks", "Security", "Automation"]),
    360002234511: ("lookup", "manager", "Manager", []),
}
ORGANIZATION_FIELDS: dict[int, tuple[str, str, str, list[str]]] = {
    123456: ("dropdown", "company_size", "Company size", ["Up to 50", "51 to 250", "More than 250"]),
    360001234567: ("dropdown", "customer_tier", "Tier", ["Bronze", "Silver", "Gold"]),
    360003234501: ("text", "account_manager", "Account manager", []),
    360003234502: ("date", "contract_renewal_date", "Contract renewal", []),
    360003234503: ("text", "industry", "Industry", []),
    360003234504: ("decimal", "annual_revenue", "Annual revenue", []),
    360003234505: ("dropdown", "region", "Region", ["Americas", "Europe", "Asia", "Africa", "Oceania"]),
    360003234506: ("checkbox", "key_account", "Key account", []),
    360003234507: ("integer", "licences", "Licences", []),
}
# id: name, display name, fields, active, seen by end users
FORMS: dict[int, tuple[str, str, list[int], bool, bool]] = {
    DEFAULT_FORM: ("Default form", "Something else", [], True, True),
    123456: ("Hardware request", "Request hardware", [123, 456, 9876, 360001234606], True, True),
    1202: ("Billing question", "Ask about an invoice", [456, 789, 360001234603], True, True),
    1203: ("Handover between teams", "Handover", [123, 360001234567], True, False),
    1204: ("Returns of 2022", "Return a product", [456, 360001234602], False, False),
}
BRANDS = {
    DEFAULT_BRAND: ("Sandbox", "sandbox-example"),
    123456: ("Northwind Outdoors", "northwind"),
    1302: ("Contoso Kitchens", "contoso"),
    1303: ("Fabrikam Homes", "fabrikam"),
    1304: ("Tailspin Toys", "tailspin"),
}
# id: name, description, kind, what it may do beyond the common
ROLES: dict[int, tuple[str, str, int, Doc]] = {
    12345: ("Staff", "Works on tickets of the own groups", 0, {}),
    1401: ("Team lead", "Works on all tickets and looks after the rules", 0, {"manage_business_rules": True}),
    1402: ("Light agent", "Reads tickets and adds private comments", 1, {"light_agent": True, "ticket_editing": False}),
    1403: ("Advisor", "Sets up the account, answers no tickets", 0, {"ticket_editing": False, "ticket_merge": False}),
    1404: ("Auditor", "Reads everything", 0, {"ticket_editing": False, "view_deleted_tickets": True}),
}
ROLE_RIGHTS: Doc = {
    "assign_tickets_to_any_group": False,
    "chat_access": True,
    "end_user_list_access": "full",
    "end_user_profile_access": "edit-within-org",
    "explore_access": "readonly",
    "forum_access": "readonly",
    "forum_access_restricted_content": False,
    "group_access": True,
    "light_agent": False,
    "macro_access": "manage-personal",
    "manage_business_rules": False,
    "manage_contextual_workspaces": False,
    "manage_dynamic_content": False,
    "manage_extensions_and_channels": False,
    "manage_facebook": False,
    "manage_organization_fields": False,
    "manage_ticket_fields": False,
    "manage_ticket_forms": False,
    "manage_user_fields": False,
    "moderate_forums": False,
    "organization_editing": False,
    "organization_notes_editing": True,
    "report_access": "readonly",
    "side_conversation_create": True,
    "ticket_access": "within-groups",
    "ticket_comment_access": "public",
    "ticket_deletion": False,
    "ticket_editing": True,
    "ticket_merge": True,
    "ticket_tag_editing": True,
    "twitter_search_access": False,
    "user_view_access": "readonly",
    "view_access": "manage-personal",
    "view_deleted_tickets": False,
    "voice_access": True,
    "voice_dashboard_access": False,
}
# id: tag, name, own name
LOCALES = {
    1: ("en-US", "English", "English"),
    2: ("es", "Spanish", "Español"),
    8: ("de", "German", "Deutsch"),
    9: ("zh-tw", "Traditional Chinese", "繁體中文"),
    10: ("zh-cn", "Simplified Chinese", "简体中文"),
    13: ("pl", "Polish", "Polski"),
    16: ("fr", "French", "Français"),
    19: ("pt-br", "Portuguese (Brazil)", "Português (Brasil)"),
    22: ("it", "Italian", "Italiano"),
    27: ("ru", "Russian", "Русский"),
    30: ("he", "Hebrew", "עברית"),
    34: ("no", "Norwegian", "Norsk"),
    66: ("ar", "Arabic", "العربية"),
    67: ("ja", "Japanese", "日本語"),
    69: ("ko", "Korean", "한국어"),
    78: ("da", "Danish", "Dansk"),
    84: ("fi", "Finnish", "Suomi"),
    88: ("tr", "Turkish", "Türkçe"),
    92: ("sv", "Swedish", "Svenska"),
    93: ("cs", "Czech", "Čeština"),
    1005: ("nl", "Dutch", "Nederlands"),
    1009: ("th", "Thai", "ไทย"),
    1101: ("el", "Greek", "Ελληνικά"),
    1176: ("en-GB", "English (United Kingdom)", "English (United Kingdom)"),
    1181: ("en-CA", "English (Canada)", "English (Canada)"),
    1187: ("fr-ca", "French (Canada)", "Français (Canada)"),
}
RIGHT_TO_LEFT = ("ar", "he")


def seed(store: Store) -> None:
    _ticket_fields(store)
    _keyed_fields(store, USER_FIELD, USER_FIELDS)
    _keyed_fields(store, ORGANIZATION_FIELD, ORGANIZATION_FIELDS)
    _forms(store)
    _brands(store)
    _roles(store)
    for id, (tag, name, own) in LOCALES.items():
        texts = {"locale": tag, "name": name, "native_name": own, "presentation_name": f"{name} - {own}"}
        LOCALE.new(store, id=id, **texts, rtl=tag in RIGHT_TO_LEFT, default=id == 1, **_times(900))
    settings = Path(__file__).with_name("settings.json").read_text()
    store.put("settings", json.loads(settings), 1)


def _times(created: int, updated: int | None = None) -> Doc:
    return {"created_at": ago(created), "updated_at": ago(created if updated is None else updated)}


def _ticket_fields(store: Store) -> None:
    position = 0
    for id, (type, title, choices) in SYSTEM_FIELDS.items():
        position += 1
        options = [{"name": name, "value": name.lower().replace("on-", "")} for name in choices] or None
        own = {"type": type, "system_field_options": options, "removable": False, "required": type == "subject"}
        _put_field(store, TICKET_FIELD, id, position, title, "", {**own, "visible_in_portal": position < 3})
    for id, (type, title, description, choices) in TICKET_FIELDS.items():
        position += 1
        own = {"type": type, "active": id not in INACTIVE, "visible_in_portal": True, "editable_in_portal": True}
        own |= _own(id, type, title, choices, {"default": False})
        _put_field(store, TICKET_FIELD, id, LAST if id in INACTIVE else position, title, description, own)


def _keyed_fields(store: Store, resource: Field, fields: dict[int, tuple[str, str, str, list[str]]]) -> None:
    for position, (id, (type, key, title, choices)) in enumerate(fields.items()):
        own = {"type": type, "key": key, **_own(id, type, key, choices, {})}
        _put_field(store, resource, id, position, title, "", own)


def _own(id: int, type: str, name: str, choices: list[str], extra: Doc) -> Doc:
    """What only this type of field has."""
    own: Doc = {}
    if choices:
        first = 1 if name == "company_size" else id % 1_000_000 * 10
        own["custom_field_options"] = [
            {"id": first + n, "name": text, "raw_name": text, "value": text.lower().replace(" ", "_"), **extra}
            for n, text in enumerate(choices)
        ]
    if type == "regexp":
        own["regexp_for_validation"] = r"\A[A-Z]{2}\d{6}\z" if name == "Serial number" else r"\A\d{2,5}\z"
    if type == "checkbox":
        own["tag"] = name.lower().replace(" ", "_")
    if type == "lookup":
        own |= {"relationship_target_type": "zen:user", "relationship_filter": {"all": [], "any": []}}
    return own


def _put_field(
    store: Store, resource: Field, id: int, position: int, title: str, description: str, own: dict[str, Any]
) -> None:
    texts: Doc = {"title": title, "raw_title": title, "description": description, "raw_description": description}
    if resource is TICKET_FIELD:
        texts |= {"title_in_portal": title, "raw_title_in_portal": title, "creator_user_id": ADMIN_ID}
    resource.new(store, id=id, position=position, **texts, **own, **_times(700 - position, 90 + position))


def _forms(store: Store) -> None:
    always = [id for id in SYSTEM_FIELDS if id not in (1103, 1106, 1107)]
    for position, (id, (name, shown, fields, active, seen)) in enumerate(FORMS.items(), 1):
        own: Doc = {"active": active, "end_user_visible": seen, "default": id == DEFAULT_FORM}
        if id == 123456:
            child = {"id": 9876, "is_required": True}
            when = {"type": "SOME_STATUSES", "statuses": ["solved"]}
            own["agent_conditions"] = [
                {"parent_field_id": 123, "value": "high", "child_fields": [{**child, "required_on_statuses": when}]}
            ]
            own["end_user_conditions"] = [{"parent_field_id": 123, "value": "high", "child_fields": [child]}]
        if id == 1203:
            own |= {"in_all_brands": False, "restricted_brand_ids": [DEFAULT_BRAND]}
        texts = {"name": name, "raw_name": name, "display_name": shown, "raw_display_name": shown}
        TICKET_FORM.new(
            store, id=id, position=position, **texts, **own, ticket_field_ids=always + fields, **_times(600, 60)
        )


def _brands(store: Store) -> None:
    for id, (name, subdomain) in BRANDS.items():
        own = {"default": id == DEFAULT_BRAND, "has_help_center": id in (DEFAULT_BRAND, 123456), "active": id != 1304}
        forms = [form for form in FORMS if form != 1203 or id == DEFAULT_BRAND]
        BRAND.new(store, id=id, name=name, subdomain=subdomain, **own, ticket_form_ids=forms, **_times(800, 200))


def _roles(store: Store) -> None:
    for id, (name, description, kind, more) in ROLES.items():
        rights = {**ROLE_RIGHTS, **more}
        texts = {"name": name, "description": description}
        CUSTOM_ROLE.new(store, id=id, **texts, role_type=kind, configuration=rights, **_times(850, 400))
