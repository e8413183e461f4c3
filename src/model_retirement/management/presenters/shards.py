"""One report of what a removal has done on several databases: as text for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model_retirement.management.presenters.delivery import carriers
from model_retirement.management.shards import Ended
from model_retirement.wording import english_count

LISTS = ("models", "teams", "skipped", "custom_models_left_alone", "failed", "remarks")
"""What a document lists; here each entry says to which database it belongs."""


def as_json(ended: Sequence[Ended]) -> dict[str, Any]:
    """Return the documents of all databases as one, of the same keys."""
    documents = {shard.alias: json.loads(shard.output) for shard in ended if shard.output}
    errors = {shard.alias: shard.error for shard in ended if shard.error}
    more: dict[str, Any] = {"errors": errors} if errors else {}
    if any("faked" in document for document in documents.values()):
        return {"faked": sorted({name for document in documents.values() for name in document["faked"]}), **more}
    every = list(documents.values())
    resumes = {alias: document["resumes"] for alias, document in documents.items() if "resumes" in document}
    return {
        "dry_run": any(document["dry_run"] for document in every),
        "run": None,
        "runs": {alias: document["run"] for alias, document in documents.items()},
        **more,
        **({"resumes": resumes} if resumes else {}),
        **{name: _listed(name, documents) for name in LISTS if any(name in document for document in every)},
        "totals": totals([document["totals"] for document in every]),
        "emails": emails([document["emails"] for document in every]),
        "seconds": _longest([document["seconds"] for document in every]),
    }


def lines(ended: Sequence[Ended]) -> Iterator[str]:
    """Yield the text of each database under its name, and what is in all of them together."""
    sums: list[dict[str, Any]] = []
    for shard in ended:
        text = shard.output.splitlines()
        if text and text[-1].startswith('{"totals"'):
            sums.append(json.loads(text.pop()))
        if text:
            yield f"Database {shard.alias}:"
            yield from text
            yield ""
    if sums:
        together = totals([document["totals"] for document in sums])
        counted = [("model", "models"), ("reference", "references"), ("team", "teams"), ("notice", "notices")]
        parts = ", ".join(english_count(noun, together[key]) for noun, key in counted)
        yield f"{english_count('database', len(sums))} together: {parts}."
        if unreachable := together["teams_without_recipients"]:
            yield f"  {english_count('team', unreachable)} without a reachable admin."
        if mails := emails([document["emails"] for document in sums]):
            yield f"  {carriers()}: {mails['sent']} sent, {mails['queued']} queued, {mails['gave_up']} given up."


def failure(ended: Sequence[Ended], *, command: str) -> str:
    """Return on how many databases it failed, and how to do the rest."""
    failed = [shard.alias for shard in ended if shard.error]
    again = " ".join(f"--database {alias}" for alias in failed)
    done = "" if len(failed) == len(ended) else " The others are done."
    return f"Failed on {len(failed)} of {english_count('database', len(ended))}.{done} For the rest, run `{command} {again}`."


def totals(each: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sums of all databases; of what is paid, null where none knows it."""
    names = ("models", "references", "teams", "notices", "teams_without_recipients")
    return {
        **{name: sum(document[name] for document in each) for name in names},
        "money": _money([document["money"] for document in each if document["money"]]),
    }


def emails(each: Sequence[Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """Return what became of the e-mails of all databases; None if none sent any."""
    sent = [mails for mails in each if mails]
    if not sent:
        return None
    errors = dict.fromkeys(mails["mail_server"] for mails in sent if mails["mail_server"])
    return {
        **{name: sum(mails[name] for mails in sent) for name in ("sent", "queued", "gave_up")},
        "mail_server": "; ".join(errors) or None,
    }


def _money(each: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not each:
        return None
    return {
        **{name: _sum([money[name] for money in each if money[name] is not None]) for name in ("before", "after")},
        "models_without_price": sorted({name for money in each for name in money["models_without_price"]}),
    }


def _sum(numbers: Sequence[float]) -> float | None:
    return round(sum(numbers), 2) if numbers else None


def _listed(name: str, documents: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"database": alias, **entry} for alias, document in documents.items() for entry in document.get(name, ())]


def _longest(each: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the seconds of each phase on the database on which it took longest: they ran side by side."""
    return {phase: max(seconds[phase] for seconds in each) for phase in each[0]} if each else {}
