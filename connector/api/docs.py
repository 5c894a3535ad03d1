"""What the API is, for programs and for people: /openapi.json, and a page of the same document at /docs.

The page is written here rather than by Swagger UI or Redoc: those are megabytes of script that would have to come from
another's server or live in this repository, need a loose Content-Security-Policy, and show nothing without script. This
one is text: it is there where the internet is not, is searched by the browser, and is read aloud.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from ..schema import Schema
from .endpoint import dumped
from .openapi import document
from .route import Answer, Ask, Route, tag

HTML = "text/html; charset=utf-8"
STYLE = (Path(__file__).parent / "docs.css").read_text()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (("Content-Security-Policy", POLICY), ("Referrer-Policy", "no-referrer"))


def routes(described: Iterable[Route]) -> list[Route]:
    """The two routes that tell of these. What they tell is no secret, and takes no key."""
    described = tuple(described)

    @cache
    def made(url: str) -> tuple[bytes, str]:
        found = document(described)
        content = page(found, url).encode() if url else dumped(found)
        return content, tag(content)

    async def openapi(ask: Ask) -> Answer:
        return ask.tagged(*made(""), headers=(("Access-Control-Allow-Origin", "*"),))

    async def docs(ask: Ask) -> Answer:
        return ask.tagged(*made(ask.server.settings.public_url), HTML, HEADERS)

    return [
        Route("GET", "/openapi.json", openapi, "The OpenAPI document", scope=None, answers={200: {"type": "object"}}),
        Route("GET", "/docs", docs, "The documentation", scope=None, answers={200: {"type": "string"}}, media=HTML),
    ]


def page(found: dict[str, Any], url: str) -> str:
    """The whole page, for a server at a URL."""
    told = [(tag, list(_of_tag(found, tag["name"]))) for tag in found["tags"]]
    contents = "".join(
        f'<li><a href="#{_id(tag["name"])}">{escape(tag["name"])}</a><ul>'
        + "".join(f'<li><a href="#{one["operationId"]}">{escape(_short(one))}</a></li>' for _, _, one in operations)
        + "</ul></li>"
        for tag, operations in told
    )
    sections = "".join(
        f'<section aria-labelledby="{_id(tag["name"])}"><h2 id="{_id(tag["name"])}">{escape(tag["name"])}</h2>'
        f"<p>{_text(tag['description'])}</p>"
        + "".join(_operation(method, path, one, found, url) for method, path, one in operations)
        + "</section>"
        for tag, operations in told
    )
    shapes = "".join(
        f'<article id="shape-{name}" aria-labelledby="h-{name}"><h3 id="h-{name}">{name}</h3>{_fields(shape)}</article>'
        for name, shape in found["components"]["schemas"].items()
    )
    info = found["info"]
    about = "".join(f"<p>{_text(part)}</p>" for part in info["description"].strip().split("\n\n"))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style></head><body>"
        f'<a class="skip" href="#main">To the text</a><nav aria-label="Contents"><ul>{contents}'
        '<li><a href="#shapes">Shapes</a></li></ul></nav>'
        f'<main id="main"><header><h1>{escape(info["title"])}</h1>{about}'
        f"<p>It is at <code>{escape(url)}</code>. This page as OpenAPI 3.1: "
        '<a href="/openapi.json">/openapi.json</a>.</p></header>'
        f'{sections}<section aria-labelledby="shapes"><h2 id="shapes">Shapes</h2>'
        f"<p>What several routes take and answer.</p>{shapes}</section></main></body></html>"
    )


def _of_tag(found: dict[str, Any], tag: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in found["paths"].items():
        for method, one in methods.items():
            if tag in one["tags"]:
                yield method.upper(), path, one


def _operation(method: str, path: str, one: dict[str, Any], found: dict[str, Any], url: str) -> str:
    id = one["operationId"]
    parameters = [_followed(parameter, found) for parameter in one["parameters"]]
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    parts = [
        f'<article id="{id}" aria-labelledby="h-{id}">',
        f'<h3 id="h-{id}"><a href="#{id}">{escape(_short(one))}</a></h3>',
        f'<p class="line"><b class="{method.lower()}">{method}</b> <code>{_breaking(path)}</code></p>',
        f"<p>{_text(one['description'])}</p>" if one["description"] else "",
        f"<p class=who>{_who(one['security'])}</p>",
    ]
    for place, title in (("path", "In the path"), ("query", "In the query"), ("header", "Headers")):
        there = [p for p in parameters if p["in"] == place and p["name"] != "X-Request-Id"]
        rows = [_field(p["name"], {**p["schema"], "description": p["description"]}, needed=_asked(p)) for p in there]
        parts.append(_part(title, f"<dl>{''.join(rows)}</dl>") if rows else "")
    if body is not None:
        parts.append(_part("Body", _fields(body, asked=True)))
    command = escape(curl(method, path, one, found, url))
    parts.append(_part("Try it", f'<pre tabindex="0" role="group" aria-label="Command"><code>{command}</code></pre>'))
    refused = []
    for status, answer in one["responses"].items():
        whole = _followed(answer, found)
        if status >= "4":
            refused.append(f"<dt><b>{status}</b></dt><dd>{_text(whole['description'])}</dd>")
            continue
        shown = "".join(f"<p class=kind>{escape(media)}</p>{_fields(content['schema'])}"
                        for media, content in whole.get("content", {}).items())  # fmt: skip
        parts.append(_part(f"Answers {status}", shown or f"<p>{_text(whole['description'])}</p>"))
    count = f"Fails with {', '.join(status for status in one['responses'] if status >= '4')}"
    parts.append(f"<details><summary>{count}</summary><dl>{''.join(refused)}</dl></details></article>")
    return "".join(parts)


def _asked(parameter: dict[str, Any]) -> bool:
    """Whether it must be said that it is required: whoever reads a path sees it."""
    return parameter["in"] != "path" and "required" in parameter


def _part(title: str, content: str) -> str:
    return f"<h4>{title}</h4>{content}"


def _who(security: list[dict[str, list[str]]]) -> str:
    """Who may ask, as a sentence."""
    if not security:
        return "It takes no key."
    held: dict[str, list[str]] = {}
    for way in security:
        for name, scopes in way.items():
            held.setdefault(name, []).extend(scopes)
    words = {"key": "a key", "embed_token": "an embed token"}
    said = [
        words[name] + (f" with the scope {' or '.join(f'<code>{scope}</code>' for scope in scopes)}" if scopes else "")
        for name, scopes in held.items()
    ]
    return f"It takes {', or '.join(said)}."


# -- schemas -----------------------------------------------------------------------------------------------------------


def _fields(schema: Schema, *, asked: bool = False) -> str:
    """What a value may be: the fields of an object, else its type in a line. What is asked may be required."""
    if name := _named(schema):
        return f'<p class=kind><a href="#shape-{name}">{escape(name)}</a></p>'
    if several := schema.get("oneOf", schema.get("anyOf")):
        return "<p>One of:</p>" + "".join(map(_fields, several))
    if "properties" not in schema:
        return f"<p class=kind>{_kind(schema)}</p>"
    needed = schema.get("required", ()) if asked else ()
    rows = (_field(name, child, needed=name in needed) for name, child in schema["properties"].items())
    return f"<dl>{''.join(rows)}</dl>"


def _field(name: str, schema: Schema, *, needed: bool) -> str:
    mark = " <em>required</em>" if needed else ""
    inner = next((one for one in (schema, schema.get("items")) if isinstance(one, dict) and "properties" in one), None)
    deeper = f"<details><summary>Its fields</summary>{_fields(inner)}</details>" if inner else ""
    text = _text(schema.get("description", ""))
    return f"<dt><code>{escape(name)}</code> <span>{_kind(schema)}{mark}</span></dt><dd>{text}{deeper}</dd>"


def _kind(schema: Schema) -> str:
    """The type of a value in few words, with its bounds."""
    if name := _named(schema):
        return f'<a href="#shape-{name}">{escape(name)}</a>'
    if "const" in schema:
        return f"always <code>{escape(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        said = " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    elif several := schema.get("oneOf", schema.get("anyOf")):
        said = " or ".join(map(_kind, several))
    elif schema.get("type") == "array":
        said = f"list of {_kind(schema.get('items', {}))}"
    else:
        kinds = schema.get("type", "any value")
        said = kinds if isinstance(kinds, str) else " or ".join(kinds)
    said += f" ({schema['format']})" if "format" in schema else ""
    bounds = [text.format(schema[key]) for key, text in BOUNDS.items() if key in schema]
    if "default" in schema:
        bounds.append(f"<code>{escape(json.dumps(schema['default']))}</code> when left out")
    return ", ".join([said, *bounds])


BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} long",
    "maxLength": "at most {} long",
    "minItems": "at least {}",
    "maxItems": "at most {}",
}


def _named(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _followed(part: dict[str, Any], found: dict[str, Any]) -> Any:
    """A part of the document, or the one that it refers to."""
    if "$ref" not in part:
        return part
    kind, name = part["$ref"].split("/")[-2:]
    return found["components"][kind][name]


# -- words -------------------------------------------------------------------------------------------------------------


def _text(text: str) -> str:
    """Text whose `code` is marked."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _short(one: dict[str, Any]) -> str:
    return str(one["summary"].partition(",")[0])


def _id(name: str) -> str:
    return f"tag-{name.lower()}"


def _breaking(path: str) -> str:
    return escape(path).replace("/", "/<wbr>")


def curl(method: str, path: str, one: dict[str, Any], found: dict[str, Any], url: str) -> str:
    """A command that asks it, with what must be given in capitals."""
    place = re.sub(r"{(\w+)}", lambda name: name[1].upper(), path)
    parameters = [_followed(parameter, found) for parameter in one["parameters"]]
    query = "&".join(f"{p['name']}={p['name'].upper()}" for p in parameters if p["in"] == "query" and p.get("required"))
    lines = [f"curl {f'-X {method} ' if method != 'GET' else ''}'{url}{place}{f'?{query}' if query else ''}'"]
    if one["security"]:
        lines.append('-H "Authorization: Bearer $KEY"')
    if "requestBody" in one:
        schema = one["requestBody"]["content"]["application/json"]["schema"]
        lines += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(example(schema), ensure_ascii=False)}'"]
    return " \\\n  ".join(lines)


def example(schema: Schema, name: str = "") -> Any:
    """A value of the kind that a schema takes: of an object what must be given, and what has examples.

    A text that must be given is the name of its field in capitals.
    """
    for key in ("examples", "enum"):
        if key in schema:
            return schema[key][0]
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        needed = schema.get("required", ())
        fields = schema.get("properties", {}).items()
        return {name: example(child, name) for name, child in fields if name in needed or "examples" in child}
    return {"array": [], "integer": 1, "number": 1, "boolean": True, "null": None}.get(kind, name.upper())
