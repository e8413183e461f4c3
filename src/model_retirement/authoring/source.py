"""Edits of the two lists in the source of ``default_models.py``. What is not edited stays to the letter."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import libcst as cst
import libcst.matchers as m
from libcst import SimpleWhitespace as Spaces

from model_retirement.authoring import gaps, imports
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.data_migrations import neutral

MODELS = "DEFAULT_LLM_PROVIDER_MODELS"
REMOVALS = "DELETED_MODELS"

Fact = bool | str | dt.date
Key = tuple[str | None, str | None]

ARGUMENTS: dict[type, Sequence[str]] = {Model: [field.name for field in fields(Model)], Deleted: Deleted._fields}
_ADDRESS_AT_END = re.compile(r"(?:(?<=^#)|;)\s*https?://\S+$")
_NO_SPACE = cst.AssignEqual(whitespace_before=Spaces(""), whitespace_after=Spaces(""))


class NotWrittenPlainly(Exception):
    """The source does not spell out what is to be edited; nothing was written."""

    def __init__(self, what: str) -> None:
        super().__init__(f"default_models.py does not spell out {what} as one literal. Edit it by hand.")


@dataclass(frozen=True)
class LineEdit:
    """What is to be set in the line of one model.

    :param facts: values by the argument of ``Model``
    :param source: where that is said, for the comment behind the line; it takes the place of an address that ends the
        comment, and comes behind other words. Empty leaves the comment alone
    """

    provider: str
    name: str
    facts: Mapping[str, Fact]
    source: str = ""


def with_facts(source: bytes, edits: Collection[LineEdit]) -> bytes:
    """Return the source with arguments set in the lines of some models.

    :raises NotWrittenPlainly: if a model is not written as a ``Model(...)`` in the list of its provider
    """
    module = cst.parse_module(source)
    facts = [fact for edit in edits for fact in edit.facts.values()]
    if any(isinstance(fact, dt.date) for fact in facts) and imports.date_name(module) is None:
        module = imports.with_date(module)
    for provider in dict.fromkeys(edit.provider for edit in edits):
        old = models = _models(module, provider)
        for edit in edits:
            if edit.provider == provider:
                models = _with_line(module, models, edit)
        # Each replacement looks at the whole file, so there is one for a list.
        module = _changed(module, old, models)
    return module.bytes


def with_removals(source: bytes, removals: Iterable[Deleted]) -> bytes:
    """Return the source with models moved from the first list to the second.

    Each comes behind the other removals of its provider. The comment behind its line goes with it, and imports that only
    these lines used go.

    :param removals: what is to be said of each; a date is taken over in the words of the model's line
    :raises NotWrittenPlainly: if one of the lists does not spell its entries out
    """
    module = cst.parse_module(source)
    used: set[str] = set()
    for removal in removals:
        models = _models(module, removal.provider)
        element = _model(models, provider=removal.provider, name=removal.name)
        entry = _entry(module, removal, date=_argument(element.value, "retires_on", kind=Model))
        used |= imports.mentioned(element)
        shorter, comment = _without(models, [element])
        module = _changed(module, models, shorter)
        others = _removals(module)
        module = _changed(module, others, _with_entry(others, entry, provider=removal.provider, comment=comment))
    return imports.without_unused(module, used).bytes


def without_removals(source: bytes, *, going: Collection[tuple[str, str]]) -> bytes:
    """Return the source without some of its removals, and without the imports that only they used.

    :param going: provider and name of each
    :raises NotWrittenPlainly: if ``DELETED_MODELS`` does not spell one of them out
    """
    module = cst.parse_module(source)
    removals = _removals(module)
    elements = [element for element in removals.elements if _key(element) in going]
    if missing := set(going) - {_key(element) for element in elements}:
        provider, name = min(missing)
        raise NotWrittenPlainly(f"the entry of {provider}/{name} in {REMOVALS}")
    shorter, _ = _without(removals, elements)
    used = {name for element in elements for name in imports.mentioned(element)}
    return imports.without_unused(_changed(module, removals, shorter), used).bytes


def _with_line(module: cst.Module, models: cst.List, edit: LineEdit) -> cst.List:
    element = _model(models, provider=edit.provider, name=edit.name)
    call = cst.ensure_type(element.value, cst.Call)
    for argument, fact in edit.facts.items():
        call = _with_argument(call, argument, _expression(module, fact))
    elements, index = list(models.elements), models.elements.index(element)
    elements[index] = element.with_changes(value=call)
    if not edit.source:
        return models.with_changes(elements=elements)
    around = gaps.of_list(models)
    comment = _with_source(gaps.comment_behind(around, index), edit.source)
    return gaps.list_with(models, elements, gaps.with_comment(around, index, comment))


def _with_source(comment: str, source: str) -> cst.Comment:
    """Return a comment that ends with the source, behind the words that it had."""
    words, source = _ADDRESS_AT_END.sub("", comment).rstrip(), neutral.terminal(source)
    return cst.Comment(f"{words}; {source}" if words.strip("#") else f"# {source}")


def _changed(module: cst.Module, old: cst.CSTNode, new: cst.CSTNode) -> cst.Module:
    return cst.ensure_type(module.deep_replace(old, new), cst.Module)


def _value_of(module: cst.Module, name: str) -> cst.BaseExpression | None:
    """Return what the module assigns to a name, if it does so once and at its top level."""
    target = m.Name(name)
    assigned = m.Assign(targets=[m.AssignTarget(target=target)]) | m.AnnAssign(target=target)
    statements = [
        statement for line in module.body if isinstance(line, cst.SimpleStatementLine) for statement in line.body
    ]
    values = [
        statement.value
        for statement in statements
        if m.matches(statement, assigned) and isinstance(statement, cst.Assign | cst.AnnAssign)
    ]
    return values[0] if len(values) == 1 else None


def _models(module: cst.Module, provider: str) -> cst.List:
    lists = _value_of(module, MODELS)
    entries = lists.elements if isinstance(lists, cst.Dict) else ()
    keyed = [entry for entry in entries if isinstance(entry, cst.DictElement) and _text(entry.key) == provider]
    if len(keyed) != 1 or not isinstance(keyed[0].value, cst.List):
        raise NotWrittenPlainly(f"the list of {provider} in {MODELS}")
    return keyed[0].value


def _removals(module: cst.Module) -> cst.List:
    removals = _value_of(module, REMOVALS)
    if not isinstance(removals, cst.List):
        raise NotWrittenPlainly(REMOVALS)
    return removals


def _model(models: cst.List, *, provider: str, name: str) -> cst.BaseElement:
    matching = [element for element in models.elements if _text(_argument(element.value, "name", kind=Model)) == name]
    if len(matching) != 1:
        raise NotWrittenPlainly(f"the Model of {provider}/{name}")
    return matching[0]


def _key(element: cst.BaseElement) -> Key:
    """Return provider and name of a removal, each None if it is not written out."""
    match element.value:
        case cst.Tuple(elements=[provider, name, *_]):
            return _text(provider.value), _text(name.value)
        case cst.Call() as call:
            return _text(_argument(call, "provider", kind=Deleted)), _text(_argument(call, "name", kind=Deleted))
    return None, None


def _text(node: cst.CSTNode | None) -> str | None:
    """Return the string that an expression spells out."""
    value = node.evaluated_value if isinstance(node, cst.SimpleString | cst.ConcatenatedString) else None
    return value if isinstance(value, str) else None


def _expression(module: cst.Module, fact: Fact) -> cst.BaseExpression:
    if isinstance(fact, dt.date):
        return cst.parse_expression(f"{imports.date_name(module)}({fact.year}, {fact.month}, {fact.day})")
    return cst.parse_expression(str(fact) if isinstance(fact, bool) else json.dumps(fact, ensure_ascii=False))


def _position(call: cst.Call, argument: str, *, kind: type) -> int | None:
    """Return where the call gives the argument, or None if it does not."""
    for index, given in enumerate(call.args):
        keyword = given.keyword.value if given.keyword else ARGUMENTS[kind][index]
        if keyword == argument:
            return index
    return None


def _argument(node: cst.CSTNode, argument: str, *, kind: type) -> cst.BaseExpression | None:
    """Return what a call gives as an argument of ``kind``, or None."""
    index = _position(node, argument, kind=kind) if isinstance(node, cst.Call) else None
    return cst.ensure_type(node, cst.Call).args[index].value if index is not None else None


def _with_argument(call: cst.Call, argument: str, value: cst.BaseExpression) -> cst.Call:
    """Return the call of a ``Model`` with the argument set, in its place in the order of arguments if it is new."""
    arguments = list(call.args)
    index = _position(call, argument, kind=Model)
    if index is not None:
        arguments[index] = arguments[index].with_changes(value=value)
        return call.with_changes(args=arguments)
    names = ARGUMENTS[Model]
    later = [
        position
        for position, given in enumerate(arguments)
        if given.keyword and given.keyword.value in names[names.index(argument) + 1 :]
    ]
    index = later[0] if later else len(arguments)
    arguments.insert(index, cst.Arg(value, keyword=cst.Name(argument), equal=_NO_SPACE))
    return gaps.call_with(call, arguments, gaps.with_one_more(gaps.of_call(call), index))


def _entry(module: cst.Module, removal: Deleted, *, date: cst.BaseExpression | None) -> cst.BaseExpression:
    """Return a removal in the shortest form that holds it.

    :param date: how its date is to be written, if it has one
    """
    provider, name, replacement, retires_on, accept_price_increase = removal
    texts = [_expression(module, text) for text in (provider, name, replacement) if text is not None]
    named = [("retires_on", date)] if date is not None and retires_on else []
    if accept_price_increase:
        named.append(("accept_price_increase", _expression(module, fact=True)))
    if not named:
        return cst.Tuple([cst.Element(text) for text in texts])
    keywords = [cst.Arg(value, keyword=cst.Name(argument), equal=_NO_SPACE) for argument, value in named]
    return cst.Call(cst.Name(Deleted.__name__), [*(cst.Arg(text) for text in texts), *keywords])


def _with_entry(
    removals: cst.List, entry: cst.BaseExpression, *, provider: str, comment: cst.Comment | None
) -> cst.List:
    """Return the list with one more entry, behind the others of its provider."""
    elements = list(removals.elements)
    same = [index for index, element in enumerate(elements) if _key(element)[0] == provider]
    index = same[-1] + 1 if same else len(elements)
    elements.insert(index, cst.Element(entry))
    return gaps.list_with(removals, elements, gaps.with_one_more(gaps.of_list(removals), index, comment=comment))


def _without(node: cst.List, going: Sequence[cst.BaseElement]) -> tuple[cst.List, cst.Comment | None]:
    """Return the list without some of its elements, and the comment behind the one that went last."""
    elements, around, comment = list(node.elements), gaps.of_list(node), None
    for element in going:
        index = next(index for index, candidate in enumerate(elements) if candidate is element)
        around, comment = gaps.without(around, index)
        del elements[index]
    return gaps.list_with(node, elements, around), comment
