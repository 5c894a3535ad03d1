"""The grammar of the YAML files, as models that forbid what they do not know.

`schemas/operation.json` and `schemas/connector.json` are written out from here (`scripts/write`), and files are
accepted and refused by those; a run never imports this module.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from .grammar import Auth, BodyTree, JMESPath, JSONSchema, Mapped, Model, RequestTemplate


class Query(Model):
    """One small way to read further rows of a dropdown; they are of the form of the list's own."""

    request: Annotated[str, Field(pattern=r"^GET /\S*$", description="GET and an RFC 6570 template of a path.")]
    path: Mapped = Field({}, description="A path variable to JMESPath over what is asked and the input.")
    query: Mapped = Field({}, description="A query parameter to JMESPath over what is asked and the input.")
    records: JMESPath = Field(description="Where the rows lie in the answer; a record is one row.")


class Search(Query):
    """Has the service search; `search` is the text."""

    pagination: str | Annotated[dict[str, dict[str, str]], Field(min_length=1, max_length=1)] | None = Field(
        None, description="A paging style of the connector."
    )


class Find(Query):
    """Asks the service for the rows of stored values; `values` are these, as a list of texts."""

    many: int = Field(1, ge=1, description="How many values are asked for at a time.")
    pattern: str | None = Field(None, description="The form of a value; one of another form is not asked for.")


class Options(Model):
    """How the rows of a list become the choices of a dropdown."""

    text: JMESPath = Field(description="What a person reads, over a row.")
    value: JMESPath = Field(description="What is stored, over a row.")
    active: JMESPath | None = Field(None, description="Which rows are in use, over a row; all where it is absent.")
    hint: JMESPath | None = Field(
        None, description="What tells two rows of the same text apart, over a row; their values where it is absent."
    )
    search: str | Search | None = Field(
        None, description="How the service searches: the input that takes the text, or what is read instead."
    )
    needs: list[str] = Field([], description="Inputs without which the list is only a part of the whole.")
    part: bool = Field(False, description="The service lists only a part of what there is.")
    order: Literal["service"] | None = Field(
        None, description="The service's order means something; else a whole list is sorted by text."
    )
    lifetime: float | None = Field(None, ge=0, description="Seconds that a page is used again; 300 by default.")
    find: Find | None = Field(None, description="How stored values are looked up; else the list is read.")


class Reading(Model):
    """One way to find out what became of a write whose answer was lost: what to read, and what to look for there."""

    when: JMESPath | None = Field(None, description="Over the input; where it gives nothing, the next one is tried.")
    request: Annotated[str, Field(pattern=r"^GET /\S*$", description="GET and an RFC 6570 template of a path.")]
    path: Mapped = Field({}, description="A path variable to JMESPath over the input.")
    query: Mapped = Field({}, description="A query parameter to JMESPath over the input.")
    pagination: str | Annotated[dict[str, dict[str, str]], Field(min_length=1, max_length=1)] | None = Field(
        None, description="A paging style of the connector; the list is read to its end."
    )
    newest_first: bool = Field(False, description="The newest rows come first: what lies before the call is not read.")
    records: JMESPath = Field(description="Where the rows lie in the answer; a record is one row.")
    match: Mapped = Field(
        {},
        description="JMESPath over a row to JMESPath over the input: how the row that was written is known. What was "
        "not given is not compared. Where it is absent, each field of the body that was sent.",
    )
    each: JMESPath | None = Field(
        None, description="A list in the input, each item of which is looked for; `match` is then over the item."
    )
    made: JMESPath | None = Field(None, description="Of a write that makes a row: when a row was made, over the row.")
    changed: JMESPath | None = Field(None, description="Of any other: when a row last changed, over the row.")
    gone: bool = Field(False, description="The write takes the row away.")
    settles: float = Field(60.0, ge=0, description="Seconds until a write shows here.")


class Operation(Model):
    """One operation: one file, whose name is the operation's."""

    title: str = Field(min_length=1, description="The name that people see.")
    description: str = Field(min_length=1, description="What it does, in one or two sentences.")
    effect: Literal["read", "create", "replace", "change", "destroy"] | None = Field(
        None, description="What a call does to the service's data; read from the method where it is absent."
    )
    input: JSONSchema = Field({}, description="What the operation takes: a JSON Schema of an object.")
    output: JSONSchema = Field({}, description="What it answers: a JSON Schema.")
    request: RequestTemplate | Annotated[list[RequestTemplate], Field(min_length=1)] | None = Field(
        None, description="One line, or several: the first whose path variables are all given."
    )
    path: Mapped = Field(
        {}, description="A path variable to JMESPath over the input, where the name alone will not do."
    )
    query: Mapped = Field({}, description="A query parameter to JMESPath over the input.")
    headers: Mapped = Field({}, description="A header to JMESPath over the input.")
    body: BodyTree | None = Field(None, description="The JSON body.")
    idempotency: str | None = Field(
        None,
        description="The input that names a call, so that the service carries it out once however often it is sent.",
    )
    reconcile: str | Reading | Annotated[list[Reading | str], Field(min_length=1)] | None = Field(
        None,
        description="How to find out what became of a write whose answer was lost; or, where nothing tells, a sentence "
        "that says what a person can do.",
    )
    pagination: str | Annotated[dict[str, dict[str, str]], Field(min_length=1, max_length=1)] | None = Field(
        None, description="A paging style of the connector; {style: {its input: the input's name here}} renames inputs."
    )
    result: JMESPath | None = Field(
        None, description="The output, over the answer; the answer itself where it is absent."
    )
    records: JMESPath | None = Field(None, description="Where the rows lie in the output of a list.")
    options: Options | None = Field(None, description="Makes a list a dropdown.")


class Pagination(Model):
    """A paging style: the inputs it owns, how they are sent, and where the next page comes from."""

    input: dict[str, JSONSchema] = Field(description="The inputs that the style adds to an operation.")
    query: Mapped = Field(description="How they are sent.")
    next: Mapped = Field(
        {}, description="The inputs of the next page, over the answer. A link gives its query parameter."
    )
    count: str | None = Field(None, description="The input that counts pages, from 1.")
    skip: str | None = Field(None, description="The input that counts records, from 0.")
    link: JMESPath | Literal["header"] | None = Field(
        None, description="Where the next page's URL is in the answer, or 'header' for the Link header's rel=next."
    )
    more: JMESPath | None = Field(None, description="Whether there is a next page, over the answer.")


class FieldErrors(Model):
    """Messages that stand under the names of the fields they are about."""

    fields: JMESPath = Field(description="Where the object of them stands, over the answer.")
    text: JMESPath = Field(description="The message, or a list of messages, over the value under a field's name.")
    whole: str | None = Field(None, description="The name that stands for the record as a whole.")


class Test(Model):
    """A harmless call that shows whether a connection works."""

    request: RequestTemplate = Field(description="Such as GET /me.")
    proves: JMESPath = Field(description="Over the answer: there only where the credentials were accepted.")
    who: JMESPath | None = Field(None, description="Over the answer: the name of the user, for people.")


class Idempotency(Model):
    """How the service treats a call that names itself."""

    seconds: int = Field(ge=1, description="How long it knows a key.")
    hit: dict[str, str] = Field({}, description="The header, and its value, that says: this is the answer of before.")


class Rates(Model):
    """The limits of a service, where the headers that services have in common do not say all."""

    buckets: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]+\*?$",
        description="Headers of its own, each a limit as total=N; remaining=N; resets=S; * is the limit's name.",
    )
    separate: dict[str, str] = Field(
        {}, description="A name to the prefix of the paths that the service counts apart from the account."
    )
    apart: dict[str, JMESPath] = Field(
        {}, description="A limit to what it counts apart, each ticket for itself say, over {path, body} of a request."
    )
    window: float = Field(60, gt=0, description="The seconds of a window, where no answer says when it ends.")


class AccountFields(Model):
    """Fields that each account has of its own: how they are read, and what a value of each may be.

    An input that takes them is a list of items with `account_fields` in its schema, which names them.
    """

    operation: str = Field(description="The list operation that gives them, a row each; it is read to its end.")
    where: JMESPath | None = Field(None, description="Which rows can be given a value; all where it is absent.")
    key: str = Field(description="What names a field, in a row and in an item of the input.")
    value: str = Field(description="What holds its value, in an item of the input.")
    title: JMESPath = Field(description="What people call it, over a row.")
    description: JMESPath | None = Field(None, description="What it is for, over a row.")
    type: JMESPath = Field(description="Which of the types it is, over a row.")
    types: dict[str, JSONSchema] = Field(
        description="What a value may be; of a type that is not here, what the input says. Refuse only what the "
        "service surely refuses, or drops."
    )
    choices: JMESPath | None = Field(
        None,
        description="The values to choose from, over a row: a list of {text, value}. They are added to the oneOf of "
        "the type, or of its items.",
    )
    pattern: JMESPath | None = Field(None, description="The regular expression of a text, over a row.")


class Connector(Model):
    """connector.yaml: what all operations of one service share."""

    title: str
    description: str
    version: str = Field(
        "1.0",
        pattern=r"^[1-9][0-9]{0,5}\.[0-9]{1,6}$",
        description="Of what the operations take and answer, in quotes.",
    )
    url: str = Field(pattern=r"^https?://", description="The base URL; {name} is a value of the connection.")
    connection: JSONSchema = Field(description="What a connection is made of: a JSON Schema; secrets are writeOnly.")
    auth: dict[str, Auth] = Field(description="Ways to sign a request; the first whose values are all given is used.")
    test: Test | None = Field(None, description="How a connection is tested; without it, it is not.")
    headers: dict[str, str] = Field({}, description="Headers of every request.")
    pagination: dict[str, Pagination] = Field({}, description="The paging styles.")
    errors: list[JMESPath | FieldErrors] = Field(
        [], description="Where the message of an error stands, over its answer; the first that gives text is taken."
    )
    idempotency: Idempotency | None = Field(None, description="Of operations with an idempotency key.")
    fields: dict[str, AccountFields] = Field({}, description="The fields of the account's own, by what has them.")
    rates: Rates | None = Field(None, description="What else there is to know of the service's limits.")
    sandbox: dict[str, Any] = Field({}, description="The connection of the sandbox: values that it accepts.")


def grammar(kind: type[Model]) -> dict[str, Any]:
    """A model as the JSON Schema that editors complete from and that files are accepted by."""
    schema = kind.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
