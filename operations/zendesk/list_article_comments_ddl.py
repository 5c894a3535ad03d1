"""Without an article it reads the first one listed, which takes a request before its own: a declaration has one."""

from typing import Any

from connector import Flow

from ._article_children import children


def handle(input: dict[str, Any]) -> Flow:
    return (yield from children(input, "comments", "comments"))
