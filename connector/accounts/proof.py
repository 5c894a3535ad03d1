"""Whether a connection works: the harmless call that its connector declares, and who the service says we are."""

from __future__ import annotations

from dataclasses import replace

from ..calls import call
from ..context import Context
from ..errors import AuthError
from ..operation import Operation
from ..steps import Steps
from ..template import Expression


def prove(context: Context) -> Steps:
    """Make the call; the user's name as text, None where the connector does not say how to test or where the name is.

    Raises what the call raises; AuthError where the service answers, and does not know us. It is not recorded: it is no
    operation of the connector's.
    """
    connector = context.connection.connector
    if (test := connector.spec.get("test")) is None:
        return None
    spec = {"title": "Test", "description": "Tests a connection.", "request": test["request"]}
    operation = Operation("test", spec, file=connector.file, load_schema=connector.shared_schema, styles={})
    answer = (yield from call(replace(context, journal=None), operation, {})).output
    if not Expression(test["proves"])(answer):
        message = f"{connector.title} does not know these credentials: it answered {test['request']} as to anybody."
        raise AuthError(f"{message} Check them.", test["request"], 200)
    who = Expression(test["who"])(answer) if test.get("who") else None
    return None if who is None else str(who)
