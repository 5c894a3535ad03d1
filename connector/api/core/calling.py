"""Calls an operation as Tray does: what the service refused is an answer of status 200 whose outcome is error."""

from __future__ import annotations

from ...calls import Result
from ...dialects.draft04 import draft04
from ...errors import ConnectorError, OutcomeUnknown, ServiceError, TimeoutError
from ...operation import Operation
from ..endpoint import refusal
from ..problems import Problem, headers_of, typed, upstream
from ..route import Answer, Ask, Route
from ..shapes import shape, text
from ..v1.running import KEY, Words, carry, connection_of, key_of, of_call
from .catalog import PLACE, called, of_version
from .shapes import TYPED

CHOOSING = ("search", "page", "refresh")
WHOLE = {"complete": True, "next": None, "skipped": 0}
EXPECTED = {"POST": [200, 201], "DELETE": [200, 204]}


async def call(ask: Ask) -> Answer:
    """Run an operation on a connection, or give the choices of a dropdown."""
    connector, body = of_version(ask), ask.body
    key_of(ask)  # also where it is not needed
    operation, choices = called(connector, body["operation"])
    if body.get("returnOutputSchema"):
        ask.need("options")
        schema = draft04(RESULT if choices else operation.output_schema)
        return Answer({"outcome": "success", "output": {"output_schema": schema}})
    if not choices and (given := [name for name in CHOOSING if name in body]):
        raise Problem(400, f"{given[0]} is for dropdowns, and {operation.name} is none. Leave it out.")
    try:
        if choices:
            return await _choices(ask, operation)
        return await carry(ask, operation, body.get("authId"), body.get("input") or {}, TRAYS)
    except ConnectorError as error:
        return failed(error, ask.id)
    except Problem as problem:
        if problem.code != OutcomeUnknown.code:
            raise
        return _error(problem, problem.detail, ask.id)


async def _choices(ask: Ask, operation: Operation) -> Answer:
    ask.need("options")
    body, connection = ask.body, connection_of(ask, ask.body.get("authId"))
    async with ask.server.clients.of(ask.connector(), connection) as client:
        asked = {name: body[name] for name in CHOOSING if name in body}
        found = await client.aoptions(operation.name, body.get("input") or {}, **asked)
    told = {name: found[name] for name in WHOLE}
    beside = {} if told == WHOLE else {"options": told}
    return Answer({"outcome": "success", "output": {"result": found["result"]}, **beside})


# -- what came of it ---------------------------------------------------------------------------------------------------


def succeeded(result: Result) -> Answer:
    """The output; beside it the input of the next page, where there is one."""
    beside = {} if result.next_input is None else {"next_input": result.next_input}
    return Answer({"outcome": "success", "output": result.output, **beside}, headers=of_call(result))


def failed(error: ConnectorError, id: str) -> Answer:
    """An outcome where the service was called, but for a read that had no answer in time; else an error of ours."""
    if not isinstance(error, ServiceError) or isinstance(error, TimeoutError):
        return refusal(error, id, core=True)
    return _error(error, error.message, id)


def _error(error: ServiceError | Problem, message: str, id: str) -> Answer:
    told = {} if isinstance(error, Problem) else upstream(error)  # a Problem has a status, and not the service's
    output = {
        "response": {"statusCode": told.get("status"), "body": told.get("body")},
        "expects": {"statusCode": EXPECTED.get(told.get("request", "").partition(" ")[0], [200])},
        "message": message,
    }
    return Answer({"outcome": "error", "output": output, "error": typed(error, id)}, headers=headers_of(error))


TRAYS = Words("core", succeeded, failed)


# -- the route ---------------------------------------------------------------------------------------------------------

CHOICE = shape({"text": {"type": "string"}, "value": {"type": ["string", "number"]}})
RESULT = shape({"result": {"type": "array", "items": CHOICE}})
"""What a dropdown gives."""
ASKED = shape(
    {
        "operation": {"type": "string", "maxLength": 64, "description": "Its name, also of one that is not listed."},
        "authId": {"type": ["string", "null"], "description": "The name of a connection."},
        "input": {"type": "object", "default": {}, "description": "The input of the operation."},
        "returnOutputSchema": {
            "type": "boolean",
            "default": False,
            "description": "Give the schema of the output, and call nothing.",
        },
        "search": {"type": ["string", "null"], "maxLength": 200, "description": "Of a dropdown: what a person typed."},
        "page": {"type": ["string", "null"], "maxLength": 4000, "description": "Of a dropdown: `next` of the last."},
        "refresh": {"type": "boolean", "default": False, "description": "Of a dropdown: ask the service again."},
    },
    "authId", "input", "returnOutputSchema", *CHOOSING,
)  # fmt: skip
MORE = {
    "description": "Of a dropdown whose choices are not all: how to go on, and how many rows had no value.",
    **shape(
        {
            "complete": {"type": "boolean"},
            "next": text("The page to ask for next.", null=True),
            "skipped": {"type": "integer", "minimum": 0},
        }
    ),
}
SUCCESS = shape(
    {
        "outcome": {"const": "success"},
        "output": {"description": 'The output; of a dropdown {"result": [{"text", "value"}]}.'},
        "next_input": {"type": "object", "description": "The input of the next page, where there is one."},
        "options": MORE,
    },
    "next_input", "options",
)  # fmt: skip
STATUS = {"type": ["integer", "null"], "description": "Null where no answer came."}
FAILURE = shape(
    {
        "outcome": {"const": "error"},
        "output": shape(
            {
                "response": shape({"statusCode": STATUS, "body": {}}),
                "expects": shape({"statusCode": {"type": "array", "items": {"type": "integer"}}}),
                "message": {"type": "string"},
            }
        ),
        "error": TYPED,
    }
)
ROUTES = [
    Route(
        "POST",
        f"{PLACE}/call",
        call,
        "Call an operation",
        description="What the service refused is an answer too: its outcome is error. The scope follows the effect of "
        "the call: read, write or destroy; a dropdown and an output schema take options.",
        headers={"Idempotency-Key": KEY},
        body=ASKED,
        answers={
            200: {"oneOf": [{"title": "Call that succeeded", **SUCCESS}, {"title": "Call that failed", **FAILURE}]}
        },
        errors=(404, 408),
        core=True,
    )
]
