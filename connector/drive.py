"""Drives the steps of a call to their end, sync and async: sends, waits, and keeps what must be kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from .clock import Clock
from .connections import Wire
from .errors import ConnectorError
from .steps import Apart, NoAnswer, NotSent, Shared, Steps, TooLarge, Wait
from .transport import AsyncCarrier, Carrier

log = logging.getLogger("connector.wait")


def drive(steps: Steps, carrier: Callable[[], Carrier], clock: Clock) -> Any:
    """What the steps return; `carrier` is asked for when there is something to send."""
    answer: Any
    try:
        step = next(steps)
        while True:
            try:
                if isinstance(step, Wire):
                    answer = carrier().send(step)
                elif isinstance(step, Wait):
                    _tell(step)
                    clock.sleep(step.seconds)
                    answer = None
                elif isinstance(step, Apart | Shared):
                    answer = drive(step.steps, carrier, clock)
                else:
                    answer = step.result()
            except (NotSent, NoAnswer, TooLarge, ConnectorError) as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as stop:
        return stop.value
    finally:
        steps.close()


async def adrive(steps: Steps, carrier: Callable[[], AsyncCarrier], clock: Clock) -> Any:
    """The same, awaited."""
    answer: Any
    try:
        step = next(steps)
        while True:
            try:
                if isinstance(step, Wire):
                    answer = await carrier().send(step)
                elif isinstance(step, Wait):
                    _tell(step)
                    await clock.asleep(step.seconds)
                    answer = None
                elif isinstance(step, Apart):
                    answer = await _apart(adrive(step.steps, carrier, clock))
                elif isinstance(step, Shared):
                    answer = await _shared(step, carrier, clock)
                else:
                    import asyncio

                    answer = await asyncio.wrap_future(step)
            except (NotSent, NoAnswer, TooLarge, ConnectorError) as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as stop:
        return stop.value
    finally:
        steps.close()


_going_on: set[Any] = set()  # an event loop itself holds its tasks weakly


async def _apart(work: Coroutine[Any, Any, Any]) -> Any:
    """What the work comes to; it goes on where this is cancelled, and then what it comes to is nobody's."""
    import asyncio

    def over(task: asyncio.Task[Any]) -> None:
        _going_on.discard(task)
        if not task.cancelled():
            task.exception()  # so that asyncio does not complain that nobody looked

    task = asyncio.create_task(work)
    _going_on.add(task)
    task.add_done_callback(over)
    return await asyncio.shield(task)


async def _shared(step: Shared, carrier: Callable[[], AsyncCarrier], clock: Clock) -> Any:
    """What the steps come to, whoever drives them; where that one goes away, the next does."""
    import asyncio

    while step.key in step.running:
        if (answer := await asyncio.wrap_future(step.running[step.key])) is not None:
            return answer
    mine = step.running[step.key] = Future[Any]()
    mine.set_running_or_notify_cancel()  # whoever waits for it cannot cancel it
    answer = None
    try:
        answer = await adrive(step.steps, carrier, clock)
    except ConnectorError as error:
        mine.set_exception(error)
        raise
    finally:
        del step.running[step.key]
        if not mine.done():
            mine.set_result(answer)
    return answer


def _tell(wait: Wait) -> None:
    if log.isEnabledFor(logging.INFO):
        fields = {"event": "wait", "call": wait.call, "seconds": round(wait.seconds, 6), "reason": wait.reason}
        log.info("Waiting %.3f s: %s", wait.seconds, wait.reason, extra=fields)
