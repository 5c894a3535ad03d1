"""What the grammar of the YAML files is made of: expressions, schemas, requests; and the ways to sign."""

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


class Ends(Model):
    """The service has said that it will no longer accept this."""

    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="The first day on which it is accepted no more.")
    message: str = Field(min_length=1, description="What a person should know: one or two sentences.")


class Way(Model):
    """What all ways to sign have."""

    title: str = Field(min_length=1, description="The name that people see.")
    ends: Ends | None = Field(None, description="When the service ends this way, where it has said so.")


class Basic(Way):
    """A user name and a password, which may be absent."""

    type: Literal["basic"]
    username: JMESPath
    password: JMESPath | None = None


class Bearer(Way):
    """A token in the Authorization header."""

    type: Literal["bearer"]
    token: JMESPath


class APIKey(Way):
    """A key in a header or a query parameter of its own."""

    type: Literal["api_key"]
    place: Literal["header", "query"] = Field(description="Where the key is sent.")
    name: str = Field(min_length=1, description="The header or query parameter.")
    value: JMESPath


Address = Annotated[
    str,
    Field(
        pattern=r"^(/|https://)\S+$",
        description="A path below the base URL, or a URL; {name} is a value of the connection.",
    ),
]


class OAuth2(Way):
    """Access tokens of OAuth 2, which the engine takes and renews.

    It reads `client_id` and `client_secret` of the connection. A client without a secret is a public one.
    """

    type: Literal["oauth2"]
    grant: Literal["authorization_code", "client_credentials"] = Field(
        description="authorization_code: a person signs in, in a browser. client_credentials: the client is the user."
    )
    authorize: Address | None = Field(None, description="Where a person signs in; of authorization_code alone.")
    token: Address = Field(description="Where tokens are taken and renewed.")
    scopes: list[str] = Field([], description="What the tokens may do.")
    send: Literal["json", "form"] = Field("form", description="How a request for tokens is written.")
    client: Literal["body", "basic"] = Field(
        "body", description="Where the client's id and secret go: into the body, or into a header as Basic."
    )
    pkce: bool = Field(True, description="Whether a sign-in carries a proof key, S256.")


Auth = Annotated[
    Basic | Bearer | APIKey | OAuth2,
    Field(discriminator="type", description="One way to sign a request; its values are JMESPath over the connection."),
]
