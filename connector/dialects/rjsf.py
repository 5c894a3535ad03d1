"""A bundled schema for react-jsonschema-form 5, with its 2020-12 validator: schema, ui schema and form data.

The schema takes what ours takes; but where, inside a `oneOf` or `not`, two schemas of one value say the same keyword,
the nearer one alone is kept. A choice that only says which fields must be given (`anyOf` of `required`) is left out,
since a form would show it as a choice of nothing.
"""

from __future__ import annotations

from typing import Any

from ..schema import Schema, declared, defaults
from .flat import Bundle, each, either

OURS = ("advanced", "lookup", "account_fields", "$comment")
MANY_LINES = ("text", "textarea", "code")
CHOICES = ("oneOf", "anyOf")


def rjsf(schema: Schema) -> dict[str, Any]:
    """`{"schema", "ui_schema", "form_data"}` of a bundled schema; the form data are its defaults."""
    writer = _Writer(schema)
    written = writer.schema(schema)
    if writer.endless:
        written["$defs"] = {name: writer.schema(schema["$defs"][name]) for name in sorted(writer.endless)}
    return {"schema": written, "ui_schema": writer.ui(schema), "form_data": defaults(schema)}


class _Writer(Bundle):
    """Writes the schemas of one bundle."""

    def schema(self, given: Any) -> Any:
        """A schema without `$ref`, `allOf` and our own words."""
        if not isinstance(given, dict):
            return given
        out = {key: value for key, value in self.flat(given).items() if key not in OURS}
        for ref in out.pop("allOf", ()):  # what holds itself
            out |= ref
        out = each({key: value for key, value in out.items() if key not in CHOICES or self.shows(value)}, self.schema)
        if out.get("format") in ("file", *MANY_LINES):
            del out["format"]
        if isinstance(out.get("type"), list):  # a form takes the first: a text can be typed as it is
            out["type"] = sorted(out["type"], key=lambda name: name != "string")
        return out

    def shows(self, branches: list[Any]) -> bool:
        """Whether a choice is one of values or of fields, and not only of what must be given."""
        plain = [self.flat(either(branch)) for branch in branches]
        return any("const" in one or "type" in one or self.names_some(one) for one in plain)

    def ui(self, given: Any) -> dict[str, Any]:
        """How a value is shown, and what is inside it; each branch of a choice for itself."""
        found = self.flat(either(given))
        out = _widget(found)
        if options := {key: found[key] for key in ("advanced", "lookup") if key in found}:
            out["ui:options"] = options
        if "allOf" in found:  # what holds itself
            return out
        later: Schema = {key: found[key] for key in ("if", "then", "else", "dependentSchemas") if key in found}
        fields = {**declared(later, self.root), **found.get("properties", {})}
        out |= {name: shown for name, child in fields.items() if (shown := self.ui(child))}
        if len(fields) > 1:
            out["ui:order"] = [*sorted(fields, key=lambda name: self.place(fields[name], name, found)), "*"]
        for key in CHOICES:
            if key in found and self.shows(found[key]) and any(each_shown := [self.ui(child) for child in found[key]]):
                out[key] = each_shown
        if "items" in found and (shown := self.ui(found["items"])):
            out["items"] = shown
        return out

    def place(self, child: Any, name: str, found: Schema) -> tuple[bool, bool]:
        """Where a field stands: those that must be given first, those rarely needed last."""
        return name not in found.get("required", ()), self.flat(either(child)).get("advanced") is True


def _widget(found: Schema) -> dict[str, Any]:
    if "lookup" in found:
        return {"ui:field": "connector-select"}
    if found.get("format") == "file":
        return {"ui:field": "connector-file"}
    if found.get("writeOnly"):
        return {"ui:widget": "password"}
    if found.get("format") in MANY_LINES:
        return {"ui:widget": "textarea"}
    gone = [branch["const"] for branch in found.get("oneOf", ()) if either(branch).get("deprecated")]
    return {"ui:enumDisabled": gone} if gone else {}
