"""The imports of a module's source: what an edit newly needs, and what it leaves unused."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from itertools import dropwhile, takewhile

import libcst as cst
import libcst.matchers as m

from model_retirement.authoring import gaps

Line = cst.SimpleStatementLine | cst.BaseCompoundStatement
Import = cst.Import | cst.ImportFrom

BLANK = cst.EmptyLine(indent=False)


def date_name(module: cst.Module) -> str | None:
    """Return how the module calls ``datetime.date``, or None if it has not imported it."""
    for statement in map(_import_of, module.body):
        for alias in _aliases(statement) if statement else ():
            bound = alias.evaluated_alias or alias.evaluated_name
            if isinstance(statement, cst.Import) and alias.evaluated_name == "datetime":
                return f"{bound}.date"
            if statement and _source(statement) == "datetime" and alias.evaluated_name == "date":
                return bound
    return None


def with_date(module: cst.Module) -> cst.Module:
    """Return the module with ``date`` imported, at the place where import sorters want it."""
    new = cst.ensure_type(cst.parse_statement("from datetime import date\n"), cst.SimpleStatementLine)
    lines: list[Line] = list(module.body)
    place = len(list(takewhile(_goes_before_date, lines)))
    if place == len(lines):
        return module.with_changes(body=[*lines, new])
    behind = lines[place]
    blank = list(takewhile(_is_blank, behind.leading_lines))
    comments = behind.leading_lines[len(blank) :]
    begins_block = place > 0 and not _is_standard(lines[place - 1])
    new = new.with_changes(leading_lines=(blank or [BLANK]) if begins_block else [])
    distance = [] if _is_standard(behind) else blank or [BLANK]
    lines[place] = behind.with_changes(leading_lines=[*distance, *comments])
    return module.with_changes(body=[*lines[:place], new, *lines[place:]])


def without_unused(module: cst.Module, names: Collection[str]) -> cst.Module:
    """Return the module without the imports of those ``names`` that nothing mentions any more."""
    unused = set(names) - {name for line in module.body if _import_of(line) is None for name in mentioned(line)}
    lines: list[Line] = []
    above: Sequence[cst.EmptyLine] = ()
    for line in module.body:
        statement = _import_of(line)
        kept = _without_aliases(statement, unused) if statement else None
        if statement and not kept:
            above = above or line.leading_lines
            continue
        changed = (
            cst.ensure_type(line.deep_replace(statement, kept), cst.SimpleStatementLine) if statement and kept else line
        )
        leading = line.leading_lines or above
        # A file does not begin with an empty line.
        leading = leading if lines else list(dropwhile(_is_blank, leading))
        lines.append(changed.with_changes(leading_lines=leading))
        above = ()
    return module.with_changes(body=lines)


def mentioned(node: cst.CSTNode) -> set[str]:
    """Return every name in the code, and what its strings say: ``__all__`` mentions names as well."""
    return {
        mention.value
        if isinstance(mention, cst.Name)
        else str(cst.ensure_type(mention, cst.SimpleString).evaluated_value)
        for mention in m.findall(node, m.Name() | m.SimpleString())
    }


def _is_blank(line: cst.EmptyLine) -> bool:
    return line.comment is None


def _import_of(line: cst.CSTNode) -> Import | None:
    """Return the import that a line consists of."""
    match line:
        case cst.SimpleStatementLine(body=[cst.Import() | cst.ImportFrom() as statement]):
            return statement
    return None


def _aliases(statement: Import) -> Sequence[cst.ImportAlias]:
    return () if isinstance(statement.names, cst.ImportStar) else statement.names


def _source(statement: Import) -> str:
    """Return the module that the statement imports, or imports from."""
    named = statement.module if isinstance(statement, cst.ImportFrom) else _aliases(statement)[0].name
    return cst.Module([]).code_for_node(named) if named else ""


def _is_standard(line: cst.CSTNode) -> bool:
    statement = _import_of(line)
    return statement is not None and _source(statement).partition(".")[0] in sys.stdlib_module_names - {"__future__"}


def _goes_before_date(line: cst.CSTNode) -> bool:
    if m.matches(line, m.SimpleStatementLine(body=[m.Expr(m.SimpleString() | m.ConcatenatedString())])):
        return True  # the docstring
    statement = _import_of(line)
    if statement is None or not (_is_standard(line) or _source(statement) == "__future__"):
        return False
    return isinstance(statement, cst.Import) or _source(statement) < "datetime"


def _without_aliases(statement: Import, unused: Collection[str]) -> Import | None:
    """Return the statement without the names in ``unused``; None if none are left."""
    bound = [alias.evaluated_alias or alias.evaluated_name.partition(".")[0] for alias in _aliases(statement)]
    going = [index for index, name in enumerate(bound) if name in unused]
    if going and len(going) == len(bound):
        return None
    return gaps.import_without(statement, going) if going and isinstance(statement, cst.ImportFrom) else statement
