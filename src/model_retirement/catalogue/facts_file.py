"""``model_facts.json`` beside the catalogue's module: what it says, read with a finding for what it cannot say.

One model is one line and lines are sorted, so that a change of facts is reviewed like code.
"""

from __future__ import annotations

import datetime as dt
import json
import reprlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from model_retirement.catalogue.facts import Capability, Facts, ModelFacts, ModelKind
from model_retirement.catalogue.findings import Finding, Rule

FILE_NAME = "model_facts.json"
DECLARED = "MODEL_FACTS"
"""What a catalogue's module may define in place of the file."""

MOST_USD = 10**15
PRICE_DIGITS = 6
"""Of a price in USD per million tokens: a millionth of a dollar for a million tokens is the least that is told apart."""

HINT = f"Fix it there, or delete {FILE_NAME} and write it again with `llm_models facts`."
FIELDS = (
    "kind",
    "price_in",
    "price_out",
    "priced_on",
    "context_window",
    "capabilities",
    "successor",
    "announcement",
    "source",
)


@dataclass(frozen=True)
class FactsRead:
    """The facts that could be read, and a finding for each that could not."""

    facts: Facts = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


class _WrongFact(ValueError):
    """One fact of a model is not what it has to be; the message says which and why."""


def beside(module_file: str | Path | None) -> Path | None:
    """Return where the facts are that belong to a module of the catalogue; None for a module that is no file."""
    return None if module_file is None else Path(module_file).resolve().with_name(FILE_NAME)


def read_of_module(declared: object, *, module_file: str | Path | None) -> FactsRead:
    """Return the facts of a module of the catalogue.

    :param declared: its ``MODEL_FACTS``, which win over the file; None if it has none
    """
    if declared is not None:
        return read(declared, where=DECLARED)
    path = beside(module_file)
    return FactsRead() if path is None else read_file(path)


def read_file(path: Path) -> FactsRead:
    """Return the facts of a file; there are none where there is no file."""
    try:
        text = path.read_text(encoding="utf-8")
        held = json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_without_repetition)
    except FileNotFoundError:
        return FactsRead()
    except UnicodeDecodeError:
        return _unreadable(f"{path.name} is no UTF-8 text.")
    except RecursionError:
        return _unreadable(f"{path.name} is nested too deeply.")
    except (OSError, ValueError) as error:
        return _unreadable(f"{path.name} cannot be read: {_line(error)}.")
    return read(held, where=path.name)


def read(held: object, *, where: str) -> FactsRead:
    """Return facts as they are written in JSON, or in a module as a dictionary of that shape.

    :param where: what they are written in, for findings
    """
    if not isinstance(held, Mapping):
        return _unreadable(f"{where} is {_shown(held)}, no object with a model's facts under its name.")
    facts: dict[tuple[str, str], ModelFacts] = {}
    findings: list[Finding] = []
    for key, said in held.items():
        try:
            provider, name = _key(key)
        except _WrongFact as error:
            findings.append(_finding(f"{where}: {error}."))
            continue
        try:
            facts[provider, name] = said if isinstance(said, ModelFacts) else _facts(said)
        except _WrongFact as error:
            findings.append(_finding(f"{where}: {provider}/{name}: {error}.", provider, name))
    return FactsRead(facts, tuple(findings))


def written(facts: Facts) -> bytes:
    """Return the file: the same facts are the same bytes."""
    lines = [
        f" {json.dumps(f'{provider}/{name}')}: {line_of(facts[provider, name])}" for provider, name in sorted(facts)
    ]
    return ("{\n" + ",\n".join(lines) + "\n}\n" if lines else "{}\n").encode()


def line_of(facts: ModelFacts) -> str:
    """Return what the file says of a model, on one line; what is not known is left out."""
    said = {
        "kind": facts.kind,
        "price_in": number(facts.price_in),
        "price_out": number(facts.price_out),
        "priced_on": None if facts.priced_on is None else facts.priced_on.isoformat(),
        "context_window": facts.context_window,
        "capabilities": None if facts.capabilities is None else sorted(facts.capabilities),
        "successor": facts.successor,
        "announcement": facts.announcement,
        "source": facts.source or None,
    }
    return json.dumps({name: value for name, value in said.items() if value is not None}, ensure_ascii=False)


def number(price: Decimal | None) -> int | float | None:
    """Return a price as JSON has it."""
    if price is None:
        return None
    rounded = round(price, PRICE_DIGITS)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)


def _key(key: object) -> tuple[str, str]:
    parts = key if isinstance(key, tuple) else str(key).split("/", 1)
    if not all(isinstance(part, str) and part for part in parts) or len(parts) != 2:  # noqa: PLR2004  provider and name
        raise _WrongFact(f"{_shown(key)} is not provider/name")
    return parts[0], parts[1]


def _facts(said: object) -> ModelFacts:
    if not isinstance(said, Mapping):
        raise _WrongFact(f"{_shown(said)} is no object of facts")
    if unknown := [name for name in said if name not in FIELDS]:
        raise _WrongFact(f"{_shown(unknown[0])} is none of {', '.join(FIELDS)}")
    return ModelFacts(
        kind=_optional(said, "kind", _kind),
        price_in=_optional(said, "price_in", _price),
        price_out=_optional(said, "price_out", _price),
        priced_on=_optional(said, "priced_on", _day),
        context_window=_optional(said, "context_window", _tokens),
        capabilities=_optional(said, "capabilities", _capabilities),
        successor=_optional(said, "successor", _text),
        announcement=_optional(said, "announcement", _address),
        source=_optional(said, "source", _text) or "",
    )


def _optional(said: Mapping[str, Any], name: str, read_one: Callable[[Any], Any]) -> Any:
    value = said.get(name)
    if value is None:
        return None
    try:
        return read_one(value)
    except _WrongFact as error:
        raise _WrongFact(f"{name} is {_shown(value)}, {error}") from error


def _kind(value: object) -> ModelKind:
    if not isinstance(value, str) or value not in list(ModelKind):
        raise _WrongFact(f"none of {', '.join(ModelKind)}")
    return ModelKind(value)


def _price(value: object) -> Decimal:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        price = Decimal(str(value))
        if price.is_finite() and 0 <= price <= MOST_USD:
            return price
    raise _WrongFact("no price in USD per million tokens")


def _day(value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str):
        try:
            day = dt.date.fromisoformat(value)
        except ValueError:
            day = None
        if day is not None and day.isoformat() == value:
            return day
    raise _WrongFact("no day such as 2026-11-01")


def _tokens(value: object) -> int:
    if type(value) is not int or value < 1:
        raise _WrongFact("no number of tokens")
    return value


def _capabilities(value: object) -> frozenset[Capability]:
    known = list(Capability)
    if not isinstance(value, list | tuple | set | frozenset) or not all(
        isinstance(item, str) and item in known for item in value
    ):
        raise _WrongFact(f"no list of {', '.join(known)}")
    return frozenset(Capability(item) for item in value)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise _WrongFact("no text of one line")
    return value


def _address(value: object) -> str:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")) or not _is_one_word(value):
        raise _WrongFact("no address of a page")
    return value


def _is_one_word(text: str) -> bool:
    return text.isprintable() and " " not in text


def _no_number(constant: str) -> Any:
    raise _WrongFact(f"{constant} is not a number")


def _without_repetition(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    held: dict[str, Any] = {}
    for name, value in pairs:
        if name in held:
            raise _WrongFact(f"it has {_shown(name)} twice")
        held[name] = value
    return held


def _unreadable(message: str) -> FactsRead:
    return FactsRead(findings=(_finding(message),))


def _finding(message: str, provider: str = "", name: str = "") -> Finding:
    return Finding(Rule.FACTS_MALFORMED, message, HINT, provider, name, blocks_removal=True)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _shown(value: object) -> str:
    """Return ``value`` as one short line."""
    return " ".join(reprlib.repr(value).split())
