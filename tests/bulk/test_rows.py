"""A file of rows is read as what it says, or refused with the line."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.bulk.rows import read
from connector.errors import UsageError


def rows(content: bytes) -> list[Any]:
    """The values of each row, or what is wrong with it."""
    _, found = read(io.BytesIO(content))
    return [row.problem or row.values for row in found]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"name,size\nsaw,7\n", [{"name": "saw", "size": "7"}]),
        (b"\xef\xbb\xbfname,size\nsaw,7", [{"name": "saw", "size": "7"}]),
        (b"name;size\r\n\"a;b\";7\r\n", [{"name": "a;b", "size": "7"}]),
        (b"name\tsize\nsaw, big\t7\n", [{"name": "saw, big", "size": "7"}]),
        (b'name\n"one\r\ntwo, ""three"""\n', [{"name": 'one\r\ntwo, "three"'}]),
        (b'"a,b;c;d",size\nsaw,7\n', [{"a,b;c;d": "saw", "size": "7"}]),
        (b"\n name , size \n\nsaw,\n\n", [{"name": "saw"}]),
        (b"name,size,\nsaw,7,\n", [{"name": "saw", "size": "7"}]),
        (b"name\nsaw,,\n", [{"name": "saw"}]),
        (b"name,size\n", []),
        (b"name,size\nsaw\n", ["has 1 cells, and the header 2."]),
        (b"name\nsaw,7\n", ["has the cell '7', and the header no name for it."]),
        (b"name,,size\nsaw,x,7\n", ["has the cell 'x', and the header no name for it."]),
        (b'{"name": "saw"}\n\n{"name": null}\n', [{"name": "saw"}, {"name": None}]),
        (b'\xef\xbb\xbf{"name": "caf\xc3\xa9"}', [{"name": "café"}]),
        (b'{}\n7\n["saw"]\n', [{}, "is not a JSON object.", "is not a JSON object."]),
        (b'{"a": 1, "a": 2}\n', ["is not JSON: a stands there twice."]),
        (b'{"a": NaN}\n', ["is not JSON: NaN is no number of JSON."]),
    ],
)  # fmt: skip
def test_a_file_says(content: bytes, found: list[Any]) -> None:
    assert rows(content) == found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty: there is not even a header"),
        (b"\n \n", "empty: there is not even a header"),
        (b'[{"name": "saw"}]', "jq -c '.[]' FILE"),
        (b"name,name\nsaw,axe\n", "has the column name twice"),
        (b"\xff\xfen\0a\0", "UTF-16"),
        (b"name\nsaw\ncaf\xe9\n", "Line 3 of the rows is not UTF-8: the byte 0xe9 after 'caf'"),
        (b'name\nsaw\n"axe\nawl\n', "broken in the row at line 3"),
        (b'name\n"saw" big\n', "broken in the row at line 2"),
        (b"name\rsaw\r", "broken in the row at line 1"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(content: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("[", r"\[").replace(".", r"\.")):
        rows(content)


def test_a_row_knows_its_number_and_its_line() -> None:
    _, found = read(io.BytesIO(b'\nname\n"one\ntwo"\n\nsaw\n'))
    assert [(row.number, row.line) for row in found] == [(1, 3), (2, 6)]
    _, found = read(io.BytesIO(b"\n{}\n\n{}\n"))
    assert [(row.number, row.line) for row in found] == [(1, 2), (2, 4)]


def test_a_cell_may_be_longer_than_the_csv_module_says() -> None:
    assert rows(b"name\n" + b"x" * 2**18) == [{"name": "x" * 2**18}]


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
NAMES = ["one", "two", "three"]


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=5), st.sampled_from(",;\t"), st.booleans())
def test_what_a_writer_of_csv_writes_comes_back(cells: list[tuple[str, ...]], delimiter: str, mark: bool) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([NAMES, *cells])
    content = file.getvalue().encode("utf-8-sig" if mark else "utf-8")
    assert rows(content) == [{n: cell for n, cell in zip(NAMES, row, strict=True) if cell} for row in cells]


VALUE = st.recursive(st.none() | st.booleans() | st.integers() | CELL, st.lists, max_leaves=4)


@given(st.lists(st.dictionaries(CELL, VALUE, max_size=3), max_size=4))
def test_what_a_writer_of_json_lines_writes_comes_back(values: list[dict[str, Any]]) -> None:
    values = [{}, *values]
    assert rows("\n".join(json.dumps(value) for value in values).encode()) == values
