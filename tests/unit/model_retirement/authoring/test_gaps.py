"""Elements that come and go in source code, with comments and line breaks around them."""

from __future__ import annotations

import ast
import re

import libcst as cst
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_retirement.authoring import gaps


def expression(code: str) -> cst.BaseExpression:
    (line,) = cst.parse_module(f"x = {code}\n").body
    return cst.ensure_type(cst.ensure_type(line, cst.SimpleStatementLine).body[0], cst.Assign).value


def text(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def list_without(code: str, index: int) -> tuple[str, str | None]:
    """Take an element out of a list; return the list and the comment that was behind the element."""
    node = cst.ensure_type(expression(code), cst.List)
    around, comment = gaps.without(gaps.of_list(node), index)
    elements = [*node.elements[:index], *node.elements[index + 1 :]]
    return text(gaps.list_with(node, elements, around)), comment.value if comment else None


def list_with(code: str, index: int, *, comment: str | None = None) -> str:
    """Put a NEW element into a list."""
    node = cst.ensure_type(expression(code), cst.List)
    around = gaps.with_one_more(gaps.of_list(node), index, comment=cst.Comment(comment) if comment else None)
    elements = [*node.elements[:index], cst.Element(cst.Name("NEW")), *node.elements[index:]]
    return text(gaps.list_with(node, elements, around))


def call_with(code: str, index: int) -> str:
    """Put a NEW argument into a call."""
    node = cst.ensure_type(expression(code), cst.Call)
    arguments = [*node.args[:index], cst.Arg(cst.Name("NEW")), *node.args[index:]]
    return text(gaps.call_with(node, arguments, gaps.with_one_more(gaps.of_call(node), index)))


ROWS = """[
    # top
    a,  # of a
    # above b

    b,  # of b
    c,
    # end
]"""


@pytest.mark.parametrize(
    ("code", "index", "left", "comment"),
    [
        (ROWS, 0, "[\n    # top\n    # above b\n\n    b,  # of b\n    c,\n    # end\n]", "# of a"),
        (ROWS, 1, "[\n    # top\n    a,  # of a\n    # above b\n\n    c,\n    # end\n]", "# of b"),
        (ROWS, 2, "[\n    # top\n    a,  # of a\n    # above b\n\n    b,  # of b\n    # end\n]", None),
        ("[\n    a,\n    b  # last\n]", 1, "[\n    a\n]", "# last"),
        ("[\n    a,\n]", 0, "[]", None),
        ("[\n    # why\n    a,  # of a\n]", 0, "[\n    # why\n]", "# of a"),
        ("[a, b, c]", 0, "[b, c]", None),
        ("[a, b, c]", 1, "[a, c]", None),
        ("[a, b, c]", 2, "[a, b]", None),
        ("[ a ]", 0, "[ ]", None),
        ("[\n    a, b,  # both\n    c,\n]", 0, "[\n    b,  # both\n    c,\n]", None),
        ("[\n    a, b,  # both\n    c,\n]", 1, "[\n    a,  # both\n    c,\n]", None),
        ("[\n    a ,\n    b,\n]", 1, "[\n    a ,\n]", None),
    ],
)
def test_an_element_goes_and_comments_of_their_own_stay(code: str, index: int, left: str, comment: str | None):
    assert list_without(code, index) == (left, comment)


@pytest.mark.parametrize(
    ("code", "index", "more"),
    [
        (ROWS, 1, ROWS.replace("# of a\n", "# of a\n    NEW,\n")),
        (ROWS, 3, ROWS.replace("c,\n", "c,\n    NEW,\n")),
        ("[]", 0, "[\n    NEW,\n]"),
        ("[\n    # none yet\n]", 0, "[\n    # none yet\n    NEW,\n]"),
        ("[a, b]", 2, "[a, b, NEW]"),
        ("[a, b]", 1, "[a, NEW, b]"),
        ("[a, b,\n]", 2, "[a, b,\n    NEW,\n]"),
        ("[\n  a\n]", 1, "[\n  a,\n  NEW\n]"),
    ],
)
def test_an_element_gets_a_line_of_its_own_where_others_have_one(code: str, index: int, more: str):
    assert list_with(code, index) == more


@pytest.mark.parametrize(
    ("code", "index", "more"),
    [
        (ROWS, 1, ROWS.replace("# of a\n", "# of a\n    NEW,  # why\n")),
        ("[]", 0, "[\n    NEW,  # why\n]"),
        ("[a, b]", 2, "[a, b, NEW  # why\n]"),
        ("[a, b]", 1, "[a, NEW,  # why\nb]"),
    ],
)
def test_an_element_brings_its_comment(code: str, index: int, more: str):
    assert list_with(code, index, comment="# why") == more


@pytest.mark.parametrize(
    ("code", "index", "more"),
    [
        ("f(a, b=1)", 1, "f(a, NEW, b=1)"),
        ("f(a, b)", 2, "f(a, b, NEW)"),
        ("f( a, b )", 2, "f( a, b, NEW )"),
        ("f(\n    a,  # first\n    b,  # second\n)", 2, "f(\n    a,  # first\n    b,  # second\n    NEW,\n)"),
        ("f(\n    a,\n    b  # second\n)", 2, "f(\n    a,\n    b,  # second\n    NEW\n)"),
        ("f(\n    a,\n    # of c\n    c=1,\n)", 1, "f(\n    a,\n    NEW,\n    # of c\n    c=1,\n)"),
    ],
)
def test_an_argument_comes_in_as_its_neighbours_stand(code: str, index: int, more: str):
    assert call_with(code, index) == more


SPACES = st.sampled_from(["", " "])
BREAKS = st.sampled_from(["\n    ", "  # behind\n    ", "\n    # above\n    ", "  # behind\n\n    # above\n    "])


@st.composite
def lists(draw) -> str:
    """Make a list of one to six numbers, laid out in any way."""
    count = draw(st.integers(1, 6))
    gap = SPACES | BREAKS
    inside = [f"{number}{draw(SPACES)},{draw(gap)}" for number in range(count - 1)]
    end = draw(st.sampled_from(["", ","])) + draw(gap)
    return f"[{draw(gap)}{''.join(inside)}{count - 1}{end}]"


@given(lists(), st.data())
def test_whatever_the_layout_only_the_element_goes(code: str, data):
    numbers = ast.literal_eval(code)
    index = data.draw(st.integers(0, len(numbers) - 1))
    left, _ = list_without(code, index)
    assert ast.literal_eval(left) == [*numbers[:index], *numbers[index + 1 :]]
    assert left.count("# above") == code.count("# above")
    assert code.count("# behind") - left.count("# behind") in (0, 1)


@given(lists(), st.data())
def test_whatever_the_layout_only_the_element_comes(code: str, data):
    index = data.draw(st.integers(1, len(ast.literal_eval(code))))
    more = list_with(code, index)
    assert re.findall(r"\w+|#", more.replace("NEW", "")) == re.findall(r"\w+|#", code)
    names = [ast.unparse(element) for element in ast.parse(more, mode="eval").body.elts]  # type: ignore[attr-defined]
    assert names.index("NEW") == index
