"""Groups, organizations, users, and who belongs where."""

from __future__ import annotations

from ..areas import groups, organizations
from ..areas.identities import add_to
from ..areas.users import ROLE_TYPES, USER
from ..auth import ADMIN_EMAIL, ADMIN_ID
from ..seeding import ago
from ..store import Doc, Store

DEFAULT_GROUP = 1101
GROUPS = {
    DEFAULT_GROUP: "Support",
    123: "Billing",
    5678: "Hardware",
    12345: "Enterprise accounts",
    54321: "Front line",
    67890: "Network",
    78901: "Key accounts",
    89012: "Night shift",
    123456: "Urgent cases",
    246810: "Onboarding",
    5566778: "Mobile",
    20934852: "Escalations",
}
# id: name, and the groups of the agent, the default one first
AGENTS = {
    9876: ("Priya Natarajan", [1101, 78901]),
    12345: ("Jordan Avery", [1101, 54321]),
    23456: ("Mateo Silva", [67890, 1101]),
    34567: ("Hanna Lindqvist", [78901, 123]),
    54321: ("Noah Fischer", [54321, 1101]),
    67890: ("Amara Okafor", [5678, 1101, 123456]),
    987654: ("Chloe Martin", [246810, 1101]),
    1122334: ("Kenji Watanabe", [5566778]),
    1234567890: ("Sofia Rossi", [12345, 20934852]),
    1002: ("Omar Haddad", [1101, 123]),
    1003: ("Ingrid Berg", [89012]),
    1004: ("Lucas Moreau", [67890, 89012]),
    1005: ("Grace Kim", [123, 1101]),
    1006: ("Tomasz Nowak", [5678]),
}
# memberships that have an id of their own: id: user, group
NAMED_MEMBERSHIPS = {123456: (987654, 246810), 234567: (23456, 67890), 345678: (34567, 78901)}
NAMED_END_USERS = {
    123456: "Elena Petrova",
    1234567: "Samuel Wright",
    9876543: "Mei Tanaka",
    11111: "David Cohen",
}
NAMED_ORGANIZATIONS = {
    123456: "Acme Corporation Europe",
    67890: "Globex Industries",
    98765: "Initech Services",
    22222: "Umbra Labs",
}

FIRST = [
    "Alice",
    "Bruno",
    "Carla",
    "Daniel",
    "Emma",
    "Felix",
    "Gina",
    "Hugo",
    "Irene",
    "Jonas",
    "Karin",
    "Leo",
    "Maria",
    "Nils",
    "Olga",
    "Paul",
    "Rosa",
    "Stefan",
    "Tara",
    "Victor",
]
LAST = [
    "Adams",
    "Baker",
    "Costa",
    "Dubois",
    "Evans",
    "Fontana",
    "Garcia",
    "Hansen",
    "Ivanov",
    "Jansen",
    "Keller",
    "Lopez",
    "Meyer",
    "Novak",
    "Olsen",
    "Perez",
    "Quinn",
    "Ricci",
    "Sato",
    "Turner",
]
WORD = ["Northwind", "Bluebird", "Cascade", "Delta", "Evergreen", "Falcon", "Granite", "Harbor", "Ironwood", "Juniper"]
TRADE = ["Foods", "Logistics", "Media", "Health", "Energy", "Travel", "Finance", "Robotics", "Textiles", "Software"]
TAGS = ["enterprise", "vip", "trial", "partner", "retail", "education", "nonprofit", "startup"]
ZONES = ("America/New_York", "Europe/London", "Europe/Berlin", "Asia/Tokyo")
END_USERS = 180
ORGANIZATIONS = 96


def seed(store: Store) -> None:
    for id, name in GROUPS.items():
        groups.GROUP.new(store, id=id, name=name, default=id == DEFAULT_GROUP, created_at=ago(400), updated_at=ago(380))
    organization_ids = _organizations(store)
    _agents(store)
    _end_users(store, organization_ids)


def _organizations(store: Store) -> list[int]:
    named = list(NAMED_ORGANIZATIONS.items())
    counted = [(3001 + i, f"{WORD[i // 10]} {TRADE[i % 10]}") for i in range(ORGANIZATIONS)]
    for i, (id, name) in enumerate(named + counted):
        organizations.ORGANIZATION.new(
            store,
            id=id,
            name=name,
            external_id="ACME123" if id == 123456 else f"ORG-{id}",
            domain_names=[f"{_slug(name)}.example"],
            details=f"Customer since {2015 + i % 8}",
            notes="Prefers email" if i % 3 == 0 else None,
            group_id=12345 if id == 123456 else None,
            shared_tickets=i % 4 == 0,
            tags=[TAGS[i % 8], TAGS[(i + 3) % 8]],
            organization_fields={"account_manager": "Priya Natarajan", "industry": name.split()[-1]} if i % 2 else {},
            created_at=ago(390 - i),
            updated_at=ago(90 - i % 60),
        )
    return [id for id, _ in named + counted]


def _agents(store: Store) -> None:
    _user(
        store,
        ADMIN_ID,
        "Robin Admin",
        "admin",
        email=ADMIN_EMAIL,
        default_group_id=DEFAULT_GROUP,
        created_at=ago(420),
    )
    ids = {pair: id for id, pair in NAMED_MEMBERSHIPS.items()}
    _join_groups(store, ADMIN_ID, [DEFAULT_GROUP], ids)
    for i, (id, (name, in_groups)) in enumerate(AGENTS.items()):
        user: Doc = {"organization_id": 67890, "external_id": "EXT-12345"} if id == 12345 else {}
        _user(store, id, name, "agent", default_group_id=in_groups[0], created_at=ago(410 - i), **user)
        _join_groups(store, id, in_groups, ids)
    add_to(
        store,
        12345,
        "email",
        "jordan.second@sandbox.example",
        id=67890,
        created_at=ago(200),
        updated_at=ago(200),
    )


def _join_groups(store: Store, user_id: int, in_groups: list[int], ids: dict[tuple[int, int], int]) -> None:
    for group_id in in_groups:
        groups.MEMBERSHIP.new(
            store,
            id=ids.get((user_id, group_id)),
            user_id=user_id,
            group_id=group_id,
            default=group_id == in_groups[0],
            created_at=ago(350),
            updated_at=ago(350),
        )


def _end_users(store: Store, organization_ids: list[int]) -> None:
    for id, name in NAMED_END_USERS.items():
        _user(store, id, name, "end-user", organization_id=123456, created_at=ago(300))
    add_to(store, 123456, "phone_number", "+15550100", created_at=ago(250), updated_at=ago(250))
    for i in range(END_USERS):
        name = f"{FIRST[i % 20]} {LAST[(i * 7 + i // 20) % 20]}"
        _user(
            store,
            2001 + i,
            name,
            "end-user",
            organization_id=organization_ids[i % 100] if i % 9 else None,
            phone=f"+1555{2001 + i:07d}" if i % 3 == 0 else None,
            external_id=f"CRM-{2001 + i}",
            time_zone=ZONES[i % 4],
            locale="en-GB" if i % 4 == 1 else "en-US",
            tags=[TAGS[i % 8]] if i % 5 == 0 else [],
            verified=i % 6 != 0,
            created_at=ago(320 - i),
        )


def _user(
    store: Store,
    id: int,
    name: str,
    role: str,
    *,
    email: str | None = None,
    created_at: str,
    **values: object,
) -> Doc:
    """A user with a verified primary email and the membership of the organization."""
    staff = role != "end-user"
    host = "sandbox.example" if staff else "customers.example"
    email = email or (f"{_slug(name)}@{host}" if staff else f"{_slug(name)}.{id}@{host}")
    given: Doc = {
        "role": role,
        "role_type": ROLE_TYPES[role],
        "verified": True,
        "time_zone": ZONES[id % 4],
        "alias": name.split()[0] if staff else None,
        "signature": f"{name}\nSandbox Support" if staff else None,
        "updated_at": ago(30 + id % 40),
        "last_login_at": ago(3 + id % 20) if staff else None,
        "user_fields": {"department": "Support", "employee_id": f"S{id % 1000:03d}"} if staff else {},
        **values,
    }
    given["iana_time_zone"] = given["time_zone"]
    given["locale_id"] = 1176 if given.get("locale") == "en-GB" else 1
    user = USER.new(store, id=id, name=name, email=email, created_at=created_at, **given)
    verified = bool(user["verified"])
    add_to(
        store,
        id,
        "email",
        email,
        primary=True,
        verified=verified,
        created_at=created_at,
        updated_at=created_at,
    )
    if user["organization_id"] is not None:
        owner = store.get("organizations", user["organization_id"])
        organizations.MEMBERSHIP.new(
            store,
            user_id=id,
            organization_id=user["organization_id"],
            organization_name=owner["name"] if owner else "",
            default=True,
            created_at=created_at,
            updated_at=created_at,
        )
    return user


def _slug(name: str) -> str:
    return name.lower().replace(" ", ".")
