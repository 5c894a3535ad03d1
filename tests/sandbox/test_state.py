"""The state of an account: seeds, files, processes, the store."""

from __future__ import annotations

import importlib.util
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import sandbox.zendesk
from sandbox.zendesk.store import ForeignFile, Query, Store

from .conftest import Api

WRITER = """
import sys
from tests.sandbox.conftest import Api
api = Api(data=sys.argv[1])
for n in range(8):
    api.ok("POST", "groups", {"group": {"name": f"{sys.argv[2]} {n}"}})
"""


class TestState:
    def test_stays_in_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "state.db"
        first = Api(data=file)
        id = first.ok("POST", "groups", {"group": {"name": "Kept"}})["group"]["id"]
        first.app.close()
        second = Api(data=file)
        assert second.get(f"groups/{id}")["group"]["name"] == "Kept"
        second.app.close()
        anew = Api(data=file, reset=True)
        assert anew("GET", f"groups/{id}").status_code == 404
        anew.app.close()

    def test_many_processes_on_a_new_file(self, tmp_path: Path) -> None:
        file = str(tmp_path / "state.db")
        names = ("one", "two", "three")
        started = [subprocess.Popen([sys.executable, "-c", WRITER, file, name]) for name in names]
        assert [process.wait(60) for process in started] == [0, 0, 0]
        api = Api(data=file)
        groups = api.get("groups?per_page=100")["groups"]
        made = [group for group in groups if group["name"].split()[0] in names]
        assert len({group["id"] for group in made}) == 24
        api.app.close()

    def test_two_of_a_process_and_another_process(self, tmp_path: Path) -> None:
        """The other would take the log of the writes away, were the locks of these let go of."""
        file = tmp_path / "state.db"
        first, second = Api(data=file), Api(data=file)
        for round in range(2):
            subprocess.run([sys.executable, "-c", f"{WRITER}api.app.close()", str(file), f"of {round}"], check=True)
            for one in (first, second):
                assert len(one.get("groups?per_page=100")["groups"]) == 12 + 8 * (round + 1)
        first.app.close()
        second.app.close()

    def test_another_programs_file_is_left_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "other.db"
        with sqlite3.connect(file) as other:
            other.execute("CREATE TABLE precious (x)")
        other.close()
        for reset in (False, True):
            with pytest.raises(ForeignFile):
                sandbox.zendesk.create_app(file, reset=reset)

    def test_an_error_undoes_everything(self, api: Api) -> None:
        before = api.get("users/count")
        given = {"requester": {"name": "New", "email": "new@x.example"}, "comment": {"body": "x"}, "status": "odd"}
        assert api("POST", "tickets", {"ticket": given}).status_code == 422
        assert api.get("users/count") == before

    def test_seed_is_always_the_same(self, api: Api) -> None:
        other = Api()
        for path in ("tickets?page[size]=100", "users", "organizations", "tickets/12345/audits"):
            assert other.get(path) == api.get(path)
        other.app.close()

    def test_loads_under_another_name(self) -> None:
        file = Path(sandbox.zendesk.__file__)
        spec = importlib.util.spec_from_file_location("pretend", file, submodule_search_locations=[str(file.parent)])
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules["pretend"] = module
        spec.loader.exec_module(module)
        module.create_app().close()


class TestStore:
    @pytest.fixture
    def store(self) -> Any:
        store = Store()
        with store.transaction():
            store.create()
            for id, name, rank in ((1, "Ann", 2), (2, "bob", None), (3, "Ada", 2)):
                store.put("people", {"id": id, "name": name, "rank": rank, "tags": [name.lower()]})
        yield store
        store.close()

    @pytest.mark.parametrize(
        ("where", "ids"),
        [
            ({"rank": 2}, [1, 3]),
            ({"rank": None}, [2]),
            ({"rank!": None}, [1, 3]),
            ({"name": ["Ann", "bob"]}, [1, 2]),
            ({"name~": "BOB"}, [2]),
            ({"name^": "a"}, [1, 3]),
            ({"tags@": "ada"}, [3]),
            ({"id>": 1, "rank": 2}, [3]),
        ],
    )
    def test_conditions(self, store: Store, where: dict[str, Any], ids: list[int]) -> None:
        assert [doc["id"] for doc in store.list("people", **where)] == ids
        assert store.count(Query("people", where)) == len(ids)

    def test_equal_values_are_told_apart_by_id(self, store: Store) -> None:
        query = Query("people", order="rank", descending=True)
        assert [doc["id"] for doc in store.select(query)] == [2, 3, 1]
        assert [doc["id"] for doc in store.select(query, after=(2, 3))] == [1]
        assert [doc["id"] for doc in store.select(query, after=(2, 1), backwards=True)] == [2, 3]


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such permissions")
def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    api = Api(data=tmp_path / "state.db")
    api.ok("POST", "groups", {"group": {"name": "Kept"}})
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}
    api.app.close()
