"""The identities of a user: emails, phone numbers and accounts elsewhere."""

from __future__ import annotations

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Routes
from ..resource import Resource
from ..store import Doc, Store

TYPES = (
    "email",
    "twitter",
    "facebook",
    "google",
    "phone_number",
    "agent_forwarding",
    "any_channel",
    "foreign",
    "sdk",
)


def _present(call: Call, shown: Doc) -> Doc:
    return {**shown, "url": f"{call.base}/api/v2/users/{shown['user_id']}/identities/{shown['id']}.json"}


IDENTITY = Resource(
    name="identity",
    plural="identities",
    typed=True,
    fields={"type": "email", "value": "", "verified": False, "primary": False},
    readonly={
        "user_id": None,
        "undeliverable_count": 0,
        "deliverable_state": "deliverable",
        "verified_at": None,
        "verification_method": "none",
    },
    verbs=(),
    required=("type", "value"),
    choices={"type": TYPES},
    write_only=("skip_verify_email", "verified_email", "verification_method"),
    present=_present,
)


def add(call: Call, user: Doc, type: object, value: object, *, primary: bool = False, verified: bool = False) -> Doc:
    """A further identity of a user; a value belongs to one user of the account."""
    if type not in TYPES:
        raise errors.bad_value("type", type)
    if not isinstance(value, str) or not value.strip():
        raise errors.blank("value")
    refuse_taken(call, "value", str(type), value)
    if type == "email" and ("@" not in value.strip("@") or " " in value):
        raise errors.invalid(value=(f"Email: {value} is not properly formatted", "InvalidFormat"))
    return add_to(call.store, user["id"], str(type), value, primary=primary, verified=verified)


def add_to(store: Store, user_id: int, type: str, value: str, **more: object) -> Doc:
    """Write an identity without checks."""
    if more.get("verified"):
        more |= {"verified_at": store.now(), "verification_method": "low"}
    return IDENTITY.new(store, user_id=user_id, type=type, value=value, **more)


def refuse_taken(call: Call, name: str, type: str, value: object) -> None:
    if call.store.first("identities", type=type, **{"value~": value}):
        raise errors.invalid(**{name: (f"Email: {value} is already being used by another user", "DuplicateValue")})


def _need(call: Call) -> Doc:
    identity = IDENTITY.need(call, call.path["id"])
    if identity["user_id"] != call.id("user_id"):
        raise errors.not_found()
    return identity


def _list(call: Call) -> Doc:
    user = call.need("users", call.path["user_id"])
    query = IDENTITY.query(user_id=user["id"])
    return IDENTITY.page(call, query.also(type=types) if (types := call.query_list("type")) else query)


def _create(call: Call) -> Answer:
    user, given = call.need("users", call.path["user_id"]), call.wrapped("identity")
    IDENTITY.accept(call, given)
    identity = add(call, user, given.get("type"), given.get("value"), verified=bool(given.get("verified")))
    if given.get("primary") is True:
        identity = _set_primary(call, identity)
    return IDENTITY.created(call, identity)


def _update(call: Call) -> Doc:
    identity, given = _need(call), call.wrapped("identity")
    if given.get("value") not in (None, identity["value"]):
        refuse_taken(call, "value", identity["type"], given["value"])
    changed = IDENTITY.update(call, identity, {k: v for k, v in given.items() if k != "type"})
    if changed["primary"] and not identity["primary"]:
        changed = _set_primary(call, changed)
    elif changed["primary"] and changed["type"] == "email":
        _show_email(call, changed["user_id"], changed["value"])
    return IDENTITY.one(call, changed)


def _set_primary(call: Call, chosen: Doc) -> Doc:
    """The one primary identity of its type, verified; a primary email is the user's email."""
    for other in call.store.list("identities", user_id=chosen["user_id"], type=chosen["type"]):
        call.store.put("identities", {**other, "primary": other["id"] == chosen["id"]})
    if chosen["type"] == "email":
        _show_email(call, chosen["user_id"], chosen["value"])
    return call.need("identities", chosen["id"])


def _show_email(call: Call, user_id: int, email: str | None) -> None:
    user = call.need("users", user_id)
    call.store.put("users", {**user, "email": email, "updated_at": call.store.now()})


def _make_primary(call: Call) -> Doc:
    identity = _set_primary(call, _need(call))
    found = call.store.list("identities", user_id=identity["user_id"])
    return {
        "identities": [IDENTITY.show(call, doc) for doc in found],
        "next_page": None,
        "previous_page": None,
        "count": len(found),
    }


def _verify(call: Call) -> Doc:
    now = call.store.now()
    identity = {
        **_need(call),
        "verified": True,
        "verified_at": now,
        "verification_method": "low",
        "updated_at": now,
    }
    return IDENTITY.one(call, call.store.put("identities", identity))


def _request_verification(call: Call) -> Doc:
    _need(call)
    return {}


def _delete(call: Call) -> Answer:
    """Without its primary email a user shows the next one."""
    identity = _need(call)
    call.store.delete("identities", identity["id"])
    if identity["primary"] and identity["type"] == "email":
        following = call.store.first("identities", user_id=identity["user_id"], type="email")
        if following:
            _set_primary(call, following)
        else:
            _show_email(call, identity["user_id"], None)
    return NO_CONTENT


RESOURCES = (IDENTITY,)
ROUTES: Routes = {
    "GET users/{user_id}/identities": _list,
    "POST users/{user_id}/identities": _create,
    "GET users/{user_id}/identities/{id}": lambda call: IDENTITY.one(call, _need(call)),
    "PUT users/{user_id}/identities/{id}": _update,
    "DELETE users/{user_id}/identities/{id}": _delete,
    "PUT users/{user_id}/identities/{id}/make_primary": _make_primary,
    "PUT users/{user_id}/identities/{id}/verify": _verify,
    "PUT users/{user_id}/identities/{id}/request_verification": _request_verification,
}
