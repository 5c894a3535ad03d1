"""Asks the person at the terminal; what is secret is not shown as it is typed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from ..errors import UsageError
from ..schema import Schema, Validator


def say(text: str) -> None:
    """A line for the person, beside the output."""
    print(text, file=sys.stderr, flush=True)


def line(prompt: str) -> str:
    """What is typed or piped in after the prompt; UsageError where nobody answers."""
    print(prompt, end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer:
        raise UsageError("Nobody answers. Give the values with --input @FILE or --input -.")
    return answer.strip()


def terminal() -> None:
    """UsageError where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask at. Give the values with --input @FILE or --input -.")


def yes(question: str) -> bool:
    """Whether the answer is yes; no when it is left out."""
    return line(f"{question} [y/N] ").lower() in ("y", "yes")


def choice(question: str, choices: Sequence[str]) -> int:
    """The index of one of the choices; the first when the answer is left out."""
    for number, text in enumerate(choices, 1):
        say(f"  {number}  {text}")
    while True:
        answer = line(f"{question} [1] ") or "1"
        if answer.isascii() and answer.isdigit() and 0 < int(answer[:4]) <= len(choices):
            return int(answer) - 1
        say(f"Answer with a number from 1 to {len(choices)}.")


def value(name: str, schema: Schema, *, needed: bool) -> Any:
    """A value of a connection that fits its schema; None where it is left out."""
    if schema.get("description"):
        say(schema["description"])
    title, default = schema.get("title", name), schema.get("default")
    hint = f" [{default}]" if default else "" if needed else " (may be left out)"
    validator = Validator({"properties": {name: schema}})
    while True:
        answer = _secret(f"{title}{hint}: ") if schema.get("writeOnly") else line(f"{title}{hint}: ")
        answer = answer or default or ""
        if not answer and not needed:
            return None
        if answer and validator.accepts({name: answer}):
            return answer
        problem = validator.problems({name: answer})[0] if answer else None
        say(f"{title} {problem.message if problem else 'is needed.'}" + (f" {problem.hint}" if problem else ""))


def _secret(prompt: str) -> str:
    from getpass import getpass

    try:
        return getpass(prompt, stream=sys.stderr).strip()
    except EOFError:
        raise UsageError("Nobody answers. Give the values with --input @FILE or --input -.") from None
