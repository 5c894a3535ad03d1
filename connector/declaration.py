"""The grammar of the YAML files, as models that forbid what they do not know.

`schemas/operation.json` and `schemas/connector.json` are written out from here (`scripts/write`), and files are
accepted and refused by those; a run never imports this module.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

JMESPath = Annotated[str, Field(min_length=1, description="A JMESPath expression.")]
JSONSchema = Annotated[dict[str, Any], Field(description="A JSON Schema 2020-12.")]
RequestTemplate = Annotated[
    str,
    Field(
        pattern=r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /\S*$",
        description="A method and an RFC 6570 template of the path, such as GET /tickets/{ticket_id}{?include}.",
    ),
]
Mapped = Annotated[dict[str, JMESPath], Field(description="A wire name to JMESPath over the input.")]
BodyTree = Annotated[
    str | dict[str, Any] | list[Any],
    Field(description="A tree of JMESPath over the input; a list merges objects; '*' is every input not read."),
]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Options(Model):
    """How the rows of a list become the choices of a dropdown."""

    text: JMESPath = Field(description="What a person reads, over a row.")
    value: JMESPath = Field(description="What is stored, over a row.")
    where: JMESPath | None = Field(None, description="Which rows are offered, over a row; all where it is absent.")
    search: str | None = Field(None, description="The input that takes what a person types.")
    needs: list[str] = Field([], description="Inputs without which the list is only a part of the whole.")


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


class Basic(Model):
    """A user name and a password, which may be absent."""

    title: str
    type: Literal["basic"]
    username: JMESPath
    password: JMESPath | None = None


class Bearer(Model):
    """A token in the Authorization header."""

    title: str
    type: Literal["bearer"]
    token: JMESPath


class APIKey(Model):
    """A key in a header or a query parameter of its own."""

    title: str
    type: Literal["api_key"]
    place: Literal["header", "query"] = Field(description="Where the key is sent.")
    name: str = Field(min_length=1, description="The header or query parameter.")
    value: JMESPath


Auth = Annotated[
    Basic | Bearer | APIKey,
    Field(discriminator="type", description="One way to sign a request; its values are JMESPath over the connection."),
]


class Connector(Model):
    """connector.yaml: what all operations of one service share."""

    title: str
    description: str
    url: str = Field(pattern=r"^https?://", description="The base URL; {name} is a value of the connection.")
    connection: JSONSchema = Field(description="What a connection is made of: a JSON Schema; secrets are writeOnly.")
    auth: dict[str, Auth] = Field(description="Ways to sign a request; the first whose values are all given is used.")
    headers: dict[str, str] = Field({}, description="Headers of every request.")
    pagination: dict[str, Pagination] = Field({}, description="The paging styles.")
    errors: list[JMESPath] = Field([], description="Where the message of an error stands; the first that gives text.")
    sandbox: dict[str, Any] = Field({}, description="The connection of the sandbox: values that it accepts.")


def grammar(kind: type[Model]) -> dict[str, Any]:
    """A model as the JSON Schema that editors complete from and that files are accepted by."""
    schema = kind.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
