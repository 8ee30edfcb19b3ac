"""Expressions find values in a body, with JMESPath's meaning, and never raise."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_jobstatus.protocol.bounds import MOST_ENTRIES
from airflow_jobstatus.protocol.expressions import compiled, is_true

BODY = {
    "status": "done",
    "data": {"status": "inner", "null": None},
    "errors": [{"message": "a"}, {"message": None}, {"code": 1}, 7, {"message": "b"}],
    "pages": [[{"n": 1}], {"n": 2}, [[{"n": 3}]]],
    "deep": [{"list": [{"n": 1}, {"n": 2}]}, {"list": {"n": 3}}, {"list": 4}],
}
# What jmespath 1.1 finds there, nulls left out.
FOUND: dict[str, list[Any]] = {
    "@": [BODY],
    "status": ["done"],
    "data.status": ["inner"],
    "data.null": [],
    "data.absent": [],
    "status.deeper": [],
    "errors": [BODY["errors"]],
    "errors.message": [],
    "errors[].message": ["a", "b"],
    "errors[].absent": [],
    "status[].message": [],
    "absent[].message": [],
    "pages[].n": [1, 2],
    "pages[]": [{"n": 1}, {"n": 2}, [{"n": 3}]],
    "deep[].list[].n": [1, 2, 3],
    "@.status": ["done"],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)


@pytest.mark.parametrize("text", FOUND)
def test_all_values_at_an_expression_are_found(text):
    assert compiled(text).all(BODY) == FOUND[text]


@pytest.mark.parametrize("text", FOUND)
def test_the_first_value_at_an_expression_is_found(text):
    assert compiled(text).first(BODY) == next(iter(FOUND[text]), None)


@pytest.mark.parametrize("value", [None, 7, "text", [], [1], {}, True], ids=str)
@pytest.mark.parametrize("text", ["a", "a.b", "a[].b", "a[]"])
def test_a_body_of_another_shape_holds_nothing(text, value):
    assert compiled(text).first(value) is None


@pytest.mark.parametrize("value", [0, False, "", [], {}], ids=repr)
def test_a_value_that_is_false_is_found_like_any_other(value):
    assert compiled("a").all({"a": value}) == [value]


@given(value=JSON, text=st.sampled_from(["a", "a.b", "a[].b", "a[].b[].c", "a[]", "@", "@[].a"]))
def test_the_first_value_of_any_body_is_the_first_of_all(value, text):
    assert compiled(text).first(value) == next(iter(compiled(text).all(value)), None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "a.",
        ".a",
        "a..b",
        "a b",
        "a-b",
        "a[",
        "a]",
        "[",
        "1a",
        "a.@",
        "ä",
        "(" * 60 + "a" + ")" * 60,
        "a || " * 500 + "a",
        "no_such_function(",
        "no_such_function(@)",
        "a[?lenght(b) > `1`]",
        "{x: sum_(a)}",
        "length()",
        "length(a, b)",
        "contains(a)",
        "not_null()",
    ],
    ids=repr,
)
def test_what_is_no_expression_is_refused_with_what_it_may_be(text):
    with pytest.raises(ValueError, match="names joined by dots"):
        compiled(text)


GENERAL = {
    "a.*.b": ({"a": {"x": {"b": 1}, "y": {"b": 2}}}, [1, 2]),
    "a[0]": ({"a": [3]}, 3),
    "done && 'ended' || 'running'": ({"done": True}, "ended"),
    '"odd-key"': ({"odd-key": 1}, 1),
    "not_null(b, c, a)": ({"a": 1}, 1),
    "length(a)": ({"a": [1, 2]}, 2),
}
MISTAKEN = ["sum(@)", "length(`5`)", "max_by(@, &a)", "to_number('x')", "join(@, @)"]


@pytest.mark.parametrize("text", GENERAL)
def test_every_expression_of_jmespath_is_evaluated(text):
    body, found = GENERAL[text]
    assert compiled(text).whole(body) == found


@pytest.mark.parametrize("text", MISTAKEN)
def test_a_function_that_meets_a_type_it_does_not_take_finds_nothing(text):
    assert compiled(text).first({"a": 1}) is None


@given(value=JSON, text=st.sampled_from(["a", "a.b", "a[].b", "a[].b[].c", "a[]", "@", "@[].a"]))
def test_the_quick_walk_finds_what_jmespath_finds(value, text):
    assert compiled(text).whole(value) == jmespath.search(text, value)


@pytest.mark.parametrize("value", [0, 0.0, True, "x", [0]], ids=repr)
def test_what_is_true_to_jmespath_is_true(value):
    assert is_true(value)


@pytest.mark.parametrize("value", [None, False, "", [], {}], ids=repr)
def test_what_is_false_to_jmespath_is_false(value):
    assert not is_true(value)


def test_a_plain_path_does_not_import_the_library():
    script = (
        "import sys; from airflow_jobstatus.protocol.expressions import compiled; compiled('a[].b'); "
        "print('jmespath' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_expression_is_compiled_once():
    assert compiled("data.status") is compiled("data.status")


def test_expressions_are_equal_by_their_text():
    compiled.cache_clear()
    first = compiled("a.b")
    compiled.cache_clear()
    assert (first, hash(first), str(first)) == (compiled("a.b"), hash(compiled("a.b")), "a.b")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a[].e", {"a": [{"e": number} for number in range(1_000_000)]}),
        ("a[]", {"a": [list(range(1_000_000))]}),
        ("a[].b[].c", {"a": [{"b": [{"c": number} for number in range(1000)]}] * 1000}),
    ],
)
def test_no_more_than_the_first_entries_of_a_list_are_opened(text, value):
    assert compiled(text).all(value) == list(range(MOST_ENTRIES))


@pytest.mark.parametrize("text", ["list[]", "list[?@ >= `0`]", "list[*]"])
def test_what_an_api_says_at_length_is_read_in_part_and_a_result_whole(text):
    body = {"list": list(range(MOST_ENTRIES + 50))}
    found = compiled(text)
    assert found.all(body) == body["list"][:MOST_ENTRIES]
    assert found.whole(body) == body["list"]
