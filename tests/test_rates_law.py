"""The law of the rate ledger: clients that share a store are never refused, and use what there is."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from .rate_service import Caller, Service, World, ledgers
from .small_home import shed


def play(
    folder: Path, *, seed: int, total: int, processes: int, tasks: int, calls: int, slow: float, window: float = 60.0,
    calendar: bool = False, lost: float = 0.0,
) -> tuple[Service, float]:  # fmt: skip
    """Let every task make its calls; the service, and the seconds that it took."""
    world, connector = World(seed), shed(folder / "home")
    service, begun = Service(world, total, window, calendar=calendar), world.clock.now()
    found = ledgers(processes, world, connector, folder)
    operation = connector.operation("get_tool")
    for ledger in found:
        for _ in range(tasks):
            caller = Caller(world, service, ledger, operation, calls, lambda: world.chance.uniform(0.001, slow), lost)
            world.after(world.chance.random(), caller)
    world.run()
    for ledger in found:
        ledger.close()
    world.run()
    for store in world.stores:
        store.close()
    return service, world.clock.now() - begun


@st.composite
def situations(draw: st.DrawFn) -> dict[str, object]:
    """Fewer calls at once than half of the limit, answered within a fraction of the window."""
    total = draw(st.integers(2, 120))
    processes = draw(st.integers(1, min(3, total // 2)))
    tasks = draw(st.integers(1, max(1, min(12, total // 2 // processes))))
    window = draw(st.sampled_from([10.0, 60.0, 600.0]))
    return {
        "seed": draw(st.integers(0, 10**6)),
        "total": total,
        "processes": processes,
        "tasks": tasks,
        "calls": max(2, 3 * total // (processes * tasks)),
        "slow": draw(st.sampled_from([0.01, 0.3, 1.0])),
        "window": window,
        "calendar": draw(st.booleans()),
        "lost": draw(st.sampled_from([0.0, 0.1])),
    }


@settings(max_examples=40, deadline=None)
@given(situations())
def test_no_call_is_refused(situation: dict[str, object]) -> None:
    with TemporaryDirectory() as folder:
        service, _ = play(Path(folder), **situation)  # type: ignore[arg-type]
    assert service.refused == 0


def test_the_limit_is_used(tmp_path: Path) -> None:
    service, seconds = play(tmp_path, seed=1, total=100, processes=3, tasks=5, calls=100, slow=0.3)
    assert (service.answered, service.refused) == (1500, 0)
    windows = ceil(1500 / 100)
    assert service.windows == windows
    assert seconds <= windows * 60 / 0.9


def test_fifty_tasks_of_one_process(tmp_path: Path) -> None:
    service, seconds = play(tmp_path, seed=2, total=120, processes=1, tasks=50, calls=24, slow=0.2)
    assert (service.answered, service.refused, service.windows) == (1200, 0, 10)
    assert seconds <= 10 * 60 / 0.9
