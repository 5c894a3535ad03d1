"""The law: what reconcile says happened did, and what it says did not happen did not, whatever else went on."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .lost import Account

TICKET = {"subject": "Printer", "comment": {"body": "It does not print."}}
LIKE = {**TICKET, "comment": {"body": "It prints too much."}}
STORIES = st.lists(
    st.sampled_from(
        ["lost before", "lost after", "made", "made by others", "like it", "pause", "short pause", "long pause"]
    ),
    min_size=1,
    max_size=8,
).filter(lambda story: any("lost" in event for event in story))


@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORIES, ahead=st.sampled_from([0.0, -300.0, 900.5]), order=st.randoms(use_true_random=False))
def test_no_verdict_is_wrong(seeded: Path, tmp_path_factory, story, ahead, order) -> None:  # type: ignore[no-untyped-def]
    account = Account(tmp_path_factory.mktemp("law"), seeded, ahead)
    happened: dict[str, bool] = {}
    for event in story:
        if event.startswith("lost"):
            lose = event.removeprefix("lost ")
            happened[account.lost("create_ticket", TICKET, lose)] = lose == "after"
        elif event == "made":
            account.client().run("create_ticket", TICKET)
        elif event == "like it":
            account.client(record=False).run("create_ticket", LIKE)
        elif event == "made by others":  # at another time: what others do at the same moment cannot be told apart
            account.clock.advance(1000.0)
            account.client(record=False).run("create_ticket", TICKET)
            account.clock.advance(1000.0)
        else:
            account.clock.advance({"pause": 0.4, "short pause": 61.0, "long pause": 1000.0}[event])
    calls = list(happened)
    order.shuffle(calls)
    for call in calls:
        verdict = account.reconcile(call)["verdict"]
        if verdict != "cannot_tell":
            assert verdict == ("happened" if happened[call] else "did_not_happen")
    account.close()
