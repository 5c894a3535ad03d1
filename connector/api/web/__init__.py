"""What a page embeds: the web components, and an example page with all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

from ..problems import Problem
from ..route import Answer, Ask, Route, tag

HERE = Path(__file__).parent
MEDIA = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


@cache
def content(name: str) -> tuple[bytes, str]:
    """A file of this folder, and its ETag; KeyError where there is none."""
    file = next((file for file in HERE.rglob("*") if file.relative_to(HERE).as_posix() == name), None)
    if file is None or file.suffix not in MEDIA:
        raise KeyError(name)
    found = file.read_bytes()
    return found, tag(found)


def sent(name: str, *headers: tuple[str, str]) -> Callable[[Ask], Awaitable[Answer]]:
    """What answers with a file."""

    async def answer(ask: Ask) -> Answer:
        try:
            found, own = content(name.format(**ask.path))
        except KeyError:
            raise Problem(404, "There is no such file.") from None
        return ask.tagged(found, own, MEDIA[Path(name).suffix], headers)

    return answer


def _route(path: str, name: str, summary: str, *headers: tuple[str, str], errors: tuple[int, ...] = ()) -> Route:
    media = MEDIA[Path(name).suffix].partition(";")[0]
    answers = {200: {"type": "string"}, 304: None}
    endpoint = sent(name, *headers)
    return Route("GET", path, endpoint, summary, scope=None, answers=answers, errors=errors, media=media)


OPEN = ("Access-Control-Allow-Origin", "*")  # so a page elsewhere may load a module, which holds no secret
STRICT = (("Content-Security-Policy", POLICY), ("Referrer-Policy", "no-referrer"))

ROUTES = [
    _route("/embed/connector.js", "connector.js", "The web components", OPEN),
    _route("/embed/parts/{file}.js", "parts/{file}.js", "A part of the web components", OPEN, errors=(404,)),
    _route("/embed/example", "example.html", "A page with the web components", *STRICT),
    _route("/embed/example.js", "example.js", "Its script"),
    _route("/embed/example.css", "example.css", "Its style"),
]
