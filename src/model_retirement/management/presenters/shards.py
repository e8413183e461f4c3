"""One report of what a command has done on several databases: as text for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from model_retirement.management.presenters.delivery import carriers
from model_retirement.management.shards import Ended
from model_retirement.wording import english_count

Documents = Mapping[str, Mapping[str, Any]]
"""Alias to the document that a command has printed for that database."""

COUNTED = {
    "models": "model",
    "references": "reference",
    "teams": "team",
    "notices": "notice",
    "journals": "journal",
    "journal_rows": "journal row",
    "emails_pruned": "e-mail",
}
"""What commands count to its noun, in the order in which the last line of a text has them."""

_SUMS = '{"totals": '


def as_json(ended: Sequence[Ended], *, merged: Callable[[Documents], dict[str, Any]]) -> dict[str, Any]:
    """Return the documents of all databases as one.

    :param merged: makes one of those that there are
    """
    documents = {shard.alias: document for shard in ended if (document := _document(shard.output)) is not None}
    errors = {shard.alias: shard.error for shard in ended if shard.error}
    return {**({"errors": errors} if errors else {}), **merged(documents)}


def _document(output: str) -> dict[str, Any] | None:
    """Return the document that a process has printed; None if it did not come to that, or not to its end."""
    try:
        document = json.loads(output)
    except json.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def sums_line(totals: Mapping[str, Any], *, emails: Mapping[str, Any] | None) -> str:
    """Return the line with which a process ends its text, for :func:`lines`.

    :param totals: what it has counted, by names of ``COUNTED``
    :param emails: what became of its e-mails, or None
    """
    return json.dumps({"totals": totals, "emails": emails})


def lines(ended: Sequence[Ended]) -> Iterator[str]:
    """Yield the text of each database under its name, and what is in all of them together."""
    sums: list[dict[str, Any]] = []
    for shard in ended:
        text = shard.output.splitlines()
        if text and text[-1].startswith(_SUMS) and (handed_over := _document(text[-1])):
            sums.append(handed_over)
            text.pop()
        if text:
            yield f"Database {shard.alias}:"
            yield from text
            yield ""
    if sums:
        yield from _together(sums)


def _together(sums: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    totals = [document["totals"] for document in sums]
    counted = summed([name for name in COUNTED if name in totals[0]], totals)
    parts = ", ".join(english_count(COUNTED[name], number) for name, number in counted.items())
    yield f"{english_count('database', len(sums))} together:{f' {parts}.' if parts else ''}"
    if unreachable := sum(counts.get("teams_without_recipients", 0) for counts in totals):
        yield f"  {english_count('team', unreachable)} without a reachable admin."
    if mails := emails([document["emails"] for document in sums]):
        yield f"  {carriers()}: {mails['sent']} sent, {mails['queued']} queued, {mails['gave_up']} given up."


def failure(ended: Sequence[Ended], *, command: str, dry_run: bool) -> str:
    """Return on how many databases it failed, and how to do the rest.

    :param command: as it is typed, without a database
    """
    failed = [shard.alias for shard in ended if shard.error]
    again = " ".join(f"--database {alias}" for alias in failed)
    done = "" if dry_run or len(failed) == len(ended) else " The others are done."
    return f"Failed on {len(failed)} of {english_count('database', len(ended))}.{done} For the rest, run `{command} {again}`."


def summed(names: Iterable[str], each: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Return the sums of what all databases have counted under these names."""
    return {name: sum(counts[name] for counts in each) for name in names}


def listed(name: str, documents: Documents, *, entry_is: str = "") -> list[dict[str, Any]]:
    """Return what each document lists under a name as one list, whose entries say to which database they belong.

    :param entry_is: what an entry is that has no fields, such as a team
    """
    return [
        {"database": alias, **({entry_is: entry} if entry_is else entry)}
        for alias, document in documents.items()
        for entry in document.get(name, ())
    ]


def emails(each: Sequence[Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """Return what became of the e-mails of all databases; None if none sent any."""
    sent = [mails for mails in each if mails]
    if not sent:
        return None
    return {**summed(("sent", "queued", "gave_up"), sent), "mail_server": mail_server(sent)}


def mail_server(each: Iterable[Mapping[str, Any]]) -> str | None:
    """Return what stands between the databases and their mail servers, each once; None if nothing does."""
    return "; ".join(dict.fromkeys(mails["mail_server"] for mails in each if mails["mail_server"])) or None
