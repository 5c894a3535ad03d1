"""The areas of the API: each module gives RESOURCES, ROUTES, and its part of the seed as `seed(store)`."""

from __future__ import annotations

from ..call import Routes
from ..resource import Resource
from . import (
    account,
    business_rules,
    comments,
    deleted_tickets,
    fields,
    groups,
    guide_content,
    guide_details,
    guide_search,
    guide_translations,
    identities,
    imports,
    incremental,
    jira,
    jobs,
    metrics,
    oauth,
    oauth_tokens,
    organizations,
    search,
    service_levels,
    tags,
    tickets,
    uploads,
    user_bulk,
    users,
    views,
    written,
)

AREAS = (
    groups,
    organizations,
    users,
    user_bulk,
    identities,
    tickets,
    deleted_tickets,
    comments,
    metrics,
    imports,
    incremental,
    tags,
    uploads,
    search,
    jobs,
    fields,
    account,
    business_rules,
    views,
    service_levels,
    jira,
    guide_content,
    guide_translations,
    guide_details,
    guide_search,
    oauth,
    oauth_tokens,
    written,
)


def all_routes() -> Routes:
    """The endpoints of every area; the plain ones of a resource give way to a module's own."""
    routes: Routes = {}
    for area in AREAS:
        for resource in area.RESOURCES:
            routes |= resource.routes()
        routes |= area.ROUTES
    return routes


def all_kinds() -> dict[str, Resource]:
    return {resource.plural: resource for area in AREAS for resource in area.RESOURCES}
