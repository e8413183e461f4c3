"""What stands between the elements of a list, a call or an import in source code: line breaks, indents and comments.

libcst keeps it with the comma in front of it or with a bracket. Here it is a list of gaps: element ``i`` stands between
gap ``i`` and gap ``i + 1``, so that elements come and go while every comment stays where a reader would leave it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import libcst as cst
from libcst import BaseParenthesizableWhitespace as Gap
from libcst import ParenthesizedWhitespace as Lines  # a gap with a line break; any other gap is spaces
from libcst import SimpleWhitespace as Spaces

Item = TypeVar("Item", cst.BaseElement, cst.Arg, cst.ImportAlias)
Comma = cst.Comma | cst.MaybeSentinel

NO_COMMA = cst.MaybeSentinel.DEFAULT
INDENT = Spaces("    ")


def of_list(node: cst.List) -> list[Gap]:
    """Return the gaps of a list."""
    if not node.elements:
        return [node.lbracket.whitespace_after]
    return [node.lbracket.whitespace_after, *_between(node.elements), node.rbracket.whitespace_before]


def list_with(node: cst.List, elements: Sequence[cst.BaseElement], gaps: Sequence[Gap]) -> cst.List:
    """Return the list with other elements and gaps; its last comma stays or stays away, as it was."""
    ends_with_comma = not node.elements or isinstance(node.elements[-1].comma, cst.Comma)
    return node.with_changes(
        elements=_spaced(elements, gaps, end=Spaces("") if ends_with_comma else None),
        lbracket=node.lbracket.with_changes(whitespace_after=gaps[0]),
        rbracket=node.rbracket.with_changes(whitespace_before=gaps[-1] if elements else Spaces("")),
    )


def of_call(node: cst.Call) -> list[Gap]:
    """Return the gaps of a call that has arguments."""
    last = node.args[-1]
    end = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else last.whitespace_after_arg
    return [node.whitespace_before_args, *_between(node.args), end]


def call_with(node: cst.Call, arguments: Sequence[cst.Arg], gaps: Sequence[Gap]) -> cst.Call:
    """Return the call with other arguments and gaps; its last comma stays or stays away, as it was."""
    ends_with_comma = isinstance(node.args[-1].comma, cst.Comma)
    bare = [argument.with_changes(whitespace_after_arg=Spaces("")) for argument in arguments]
    if not ends_with_comma:
        bare[-1] = bare[-1].with_changes(whitespace_after_arg=gaps[-1])
    return node.with_changes(
        args=_spaced(bare, gaps, end=gaps[-1] if ends_with_comma else None), whitespace_before_args=gaps[0]
    )


def import_without(node: cst.ImportFrom, indexes: Sequence[int]) -> cst.ImportFrom:
    """Return the import without some, but not all, of its names."""
    assert not isinstance(node.names, cst.ImportStar)  # noqa: S101  # a star has no indexes
    names = list(node.names)
    comma = names[-1].comma
    end: Gap = comma.whitespace_after if isinstance(comma, cst.Comma) else Spaces("")
    gaps = [node.lpar.whitespace_after if node.lpar else Spaces(""), *_between(names), end]
    for index in sorted(indexes, reverse=True):
        gaps, _ = without(gaps, index)
        del names[index]
    lpar = node.lpar.with_changes(whitespace_after=gaps[0]) if node.lpar else None
    return node.with_changes(
        names=_spaced(names, gaps, end=gaps[-1] if isinstance(comma, cst.Comma) else None), lpar=lpar
    )


def without(gaps: Sequence[Gap], index: int) -> tuple[list[Gap], cst.Comment | None]:
    """Return the gaps when the element at ``index`` has gone, and the comment behind it, if its lines were its own.

    Comments on lines of their own stay.
    """
    before, after = gaps[index], gaps[index + 1]
    comment = None
    joined = after
    if isinstance(before, Lines) and isinstance(after, Lines):
        comment = after.first_line.comment
        joined = before.with_changes(
            empty_lines=[*before.empty_lines, *after.empty_lines], indent=after.indent, last_line=after.last_line
        )
    elif isinstance(before, Lines) or (isinstance(after, Spaces) and index == 0):
        joined = before
    was_the_last = len(gaps) == 2  # noqa: PLR2004  # a gap on each side
    if was_the_last and isinstance(joined, Lines) and not _has_comments(joined):
        joined = Spaces("")
    return [*gaps[:index], joined, *gaps[index + 2 :]], comment


def with_one_more(gaps: Sequence[Gap], index: int, *, comment: cst.Comment | None = None) -> list[Gap]:
    """Return the gaps when an element has come in before the one at ``index``, or behind the last one.

    It gets a line of its own where its neighbours have one.

    :param comment: what stands behind it on its line
    """
    gap = gaps[index]
    before: Gap
    if len(gaps) == 1:
        before = Lines(empty_lines=gap.empty_lines if isinstance(gap, Lines) else [], last_line=INDENT)
        return [before, Lines(first_line=_end_of_line(comment))]
    if not isinstance(gap, Lines):
        after = Lines(first_line=_end_of_line(comment)) if comment else gap
        return [*gaps[:index], Spaces(" "), after, *gaps[index + 1 :]]
    is_last = index == len(gaps) - 1
    indented = [earlier for earlier in gaps[:index] if isinstance(earlier, Lines)] if is_last else [gap]
    like = indented[-1] if indented else Lines(last_line=INDENT)
    before = gap.with_changes(empty_lines=[], indent=like.indent, last_line=like.last_line)
    return [*gaps[:index], before, gap.with_changes(first_line=_end_of_line(comment)), *gaps[index + 1 :]]


def comment_behind(gaps: Sequence[Gap], index: int) -> str:
    """Return the comment behind the element at ``index`` on its line, with its ``#``; empty if there is none."""
    after = gaps[index + 1]
    comment = after.first_line.comment if isinstance(after, Lines) else None
    return comment.value if comment else ""


def with_comment(gaps: Sequence[Gap], index: int, comment: cst.Comment) -> list[Gap]:
    """Return the gaps with a comment behind the element at ``index``, in place of what stands there.

    The line ends behind it, where it has not ended there before.
    """
    after = gaps[index + 1]
    lines = after if isinstance(after, Lines) else Lines()
    spaces = lines.first_line.whitespace if lines.first_line.comment else Spaces("  ")
    first = lines.first_line.with_changes(whitespace=spaces, comment=comment)
    return [*gaps[: index + 1], lines.with_changes(first_line=first), *gaps[index + 2 :]]


def _end_of_line(comment: cst.Comment | None) -> cst.TrailingWhitespace:
    return cst.TrailingWhitespace(whitespace=Spaces("  " if comment else ""), comment=comment)


def _has_comments(gap: Lines) -> bool:
    return gap.first_line.comment is not None or any(line.comment for line in gap.empty_lines)


def _between(items: Sequence[Item]) -> list[Gap]:
    return [item.comma.whitespace_after for item in items[:-1] if isinstance(item.comma, cst.Comma)]


def _spaced(items: Sequence[Item], gaps: Sequence[Gap], *, end: Gap | None) -> list[Item]:
    """Return the items with the gaps between them.

    :param end: what stands behind the comma of the last one; None for no comma there
    """
    commas = [_comma(item, after) for item, after in zip(items[:-1], gaps[1:-1], strict=bool(items))]
    commas += [NO_COMMA if end is None else _comma(item, end) for item in items[-1:]]
    return [item.with_changes(comma=comma) for item, comma in zip(items, commas, strict=True)]


def _comma(item: Item, after: Gap) -> Comma:
    comma = item.comma if isinstance(item.comma, cst.Comma) else cst.Comma()
    return comma.with_changes(whitespace_after=after)
