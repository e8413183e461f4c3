"""The words for what is otherwise than a team was told last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_retirement.models import TeamNotice
from model_retirement.notices.stages import CALLED_OFF


def sentences(notice: TeamNotice) -> tuple[str, ...]:
    """Return what has changed since the team was told last: what it was and what it is. Empty if it was never told."""
    was = notice.payload.get("was")
    if was is None:
        return ()
    if notice.stage == CALLED_OFF:
        return (_called_off(was),)
    if was["stage"] == CALLED_OFF:
        return ("We had told you that its retirement was called off. It is deprecated again.",)
    return (*_date(notice, was), *_replacement(notice, was))


def in_short(notice: TeamNotice, *, retirement: str) -> str:
    """Return when the model retires, for a subject, and if the date has changed, what it was.

    :param retirement: such as ``retires in 27 days``; empty without a date
    """
    was = notice.payload.get("was")
    if was is None or was["stage"] == CALLED_OFF or was["retires_on"] is None:
        return retirement
    if was["retires_on"] == _day(notice):
        if _was_earliest(was) == _is_earliest(notice):
            return retirement
        return f"{retirement} (no longer firm)" if _is_earliest(notice) else f"{retirement} (now firm)"
    return f"{retirement} instead of on {_told(was)}" if retirement else f"will not retire on {_told(was)}"


def _called_off(was: Mapping[str, Any]) -> str:
    if was["retires_on"] is None:
        return "We had told you that it is deprecated. It is not any more."
    return f"We had told you that it retires on {_told(was)}. It does not."


def _date(notice: TeamNotice, was: Mapping[str, Any]) -> Iterator[str]:
    now = _day(notice)
    if was["retires_on"] == now:
        if now is not None and _was_earliest(was) != _is_earliest(notice):
            yield _firmness(notice, was)
    elif was["retires_on"] is None:
        yield f"When we told you last, no date was known. It retires on {_or_later(notice)}."
    elif now is None:
        yield f"The date that we had told you, {_told(was)}, is withdrawn. A new one is not known yet."
    else:
        yield f"The date has moved since we told you last: from {_told(was)} to {_or_later(notice)}."


def _firmness(notice: TeamNotice, was: Mapping[str, Any]) -> str:
    if _is_earliest(notice):
        return f"The date is not firm any more since we told you last: it was {_told(was)}, and is {_or_later(notice)}."
    return f"The date has become firm since we told you last: it was {_told(was)}, and is {_or_later(notice)}."


def _replacement(notice: TeamNotice, was: Mapping[str, Any]) -> Iterator[str]:
    if was["replacement"] == notice.replacement:
        return
    if not was["replacement"]:
        yield f"When we told you last, nothing was to replace it. Now {notice.replacement} will."
    elif not notice.replacement:
        yield f"We had told you that {was['replacement']} will replace it. Nothing will."
    else:
        yield f"We had told you that {was['replacement']} will replace it. Now {notice.replacement} will."


def _day(notice: TeamNotice) -> str | None:
    return notice.retires_on.isoformat() if notice.retires_on else None


def _told(was: Mapping[str, Any]) -> str:
    return f"{was['retires_on']}{' or later' if _was_earliest(was) else ''}"


def _or_later(notice: TeamNotice) -> str:
    return f"{_day(notice)}{' or later' if _is_earliest(notice) else ''}"


def _was_earliest(was: Mapping[str, Any]) -> bool:
    return bool(was["retires_on_is_earliest"])


def _is_earliest(notice: TeamNotice) -> bool:
    return bool(notice.payload.get("retires_on_is_earliest"))
