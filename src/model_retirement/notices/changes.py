"""The words for what is otherwise than a team was told last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext

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
        return (gettext("We had told you that its retirement was called off. It is deprecated again."),)
    return (*_date(notice, was), *_replacement(notice, was))


def in_short(notice: TeamNotice, *, retirement: str) -> str:
    """Return when the model retires, for a subject, and if the date has changed, what it was.

    :param retirement: such as ``retires in 27 days``; empty without a date
    """
    was = notice.payload.get("was")
    if was is None or was["stage"] == CALLED_OFF or was["retires_on"] is None:
        return retirement
    facts = {"retirement": retirement, "date": _told(was)}
    if was["retires_on"] == _day(notice):
        if _was_earliest(was) == _is_earliest(notice):
            return retirement
        if _is_earliest(notice):
            return gettext("%(retirement)s (no longer firm)") % facts
        return gettext("%(retirement)s (now firm)") % facts
    if retirement:
        return gettext("%(retirement)s instead of on %(date)s") % facts
    return gettext("will not retire on %(date)s") % facts


def _called_off(was: Mapping[str, Any]) -> str:
    if was["retires_on"] is None:
        return gettext("We had told you that it is deprecated. It is not any more.")
    return gettext("We had told you that it retires on %(date)s. It does not.") % {"date": _told(was)}


def _date(notice: TeamNotice, was: Mapping[str, Any]) -> Iterator[str]:
    now = _day(notice)
    facts = {"before": _told(was), "now": _or_later(notice)}
    if was["retires_on"] == now:
        if now is not None and _was_earliest(was) != _is_earliest(notice):
            yield _firmness(notice) % facts
    elif was["retires_on"] is None:
        yield gettext("When we told you last, no date was known. It retires on %(now)s.") % facts
    elif now is None:
        words = gettext("The date that we had told you, %(before)s, is withdrawn. A new one is not known yet.")
        yield words % facts
    else:
        yield gettext("The date has moved since we told you last: from %(before)s to %(now)s.") % facts


def _firmness(notice: TeamNotice) -> str:
    if _is_earliest(notice):
        return gettext("The date is not firm any more since we told you last: it was %(before)s, and is %(now)s.")
    return gettext("The date has become firm since we told you last: it was %(before)s, and is %(now)s.")


def _replacement(notice: TeamNotice, was: Mapping[str, Any]) -> Iterator[str]:
    facts = {"before": was["replacement"], "now": notice.replacement}
    if was["replacement"] == notice.replacement:
        return
    if not was["replacement"]:
        yield gettext("When we told you last, nothing was to replace it. Now %(now)s will.") % facts
    elif not notice.replacement:
        yield gettext("We had told you that %(before)s will replace it. Nothing will.") % facts
    else:
        yield gettext("We had told you that %(before)s will replace it. Now %(now)s will.") % facts


def _day(notice: TeamNotice) -> str | None:
    return notice.retires_on.isoformat() if notice.retires_on else None


def _told(was: Mapping[str, Any]) -> str:
    return _date_words(was["retires_on"], is_earliest=_was_earliest(was))


def _or_later(notice: TeamNotice) -> str:
    return _date_words(_day(notice), is_earliest=_is_earliest(notice))


def _date_words(day: str | None, *, is_earliest: bool) -> str:
    return gettext("%(day)s or later") % {"day": day} if is_earliest else str(day)


def _was_earliest(was: Mapping[str, Any]) -> bool:
    return bool(was["retires_on_is_earliest"])


def _is_earliest(notice: TeamNotice) -> bool:
    return bool(notice.payload.get("retires_on_is_earliest"))
