"""Words for kinds of resources and for what lists of models hold: those of hosts, which are looked up as they declare them.

A host that calls its resources otherwise has the same messages in catalogues of its own.
"""

from __future__ import annotations

from django.utils.translation import gettext, gettext_lazy, gettext_noop, ngettext_lazy

from model_retirement.wording import english_plural

KINDS = {
    gettext_noop("chatbot"): ngettext_lazy("%(number)s chatbot", "%(number)s chatbots", "count"),
    gettext_noop("pipeline"): ngettext_lazy("%(number)s pipeline", "%(number)s pipelines", "count"),
    gettext_noop("assistant"): ngettext_lazy("%(number)s assistant", "%(number)s assistants", "count"),
    gettext_noop("evaluator"): ngettext_lazy("%(number)s evaluator", "%(number)s evaluators", "count"),
    gettext_noop("transcript analysis"): ngettext_lazy(
        "%(number)s transcript analysis", "%(number)s transcript analyses", "count"
    ),
    gettext_noop("collection"): ngettext_lazy("%(number)s collection", "%(number)s collections", "count"),
}
"""In the order in which people look for them; kinds that are not named here follow by name."""

MEMBERS = {
    gettext_noop("no model left"): ngettext_lazy("%(number)s model left", "%(number)s models left", "count"),
    gettext_noop("no fallback left"): ngettext_lazy("%(number)s fallback left", "%(number)s fallbacks left", "count"),
    gettext_noop("no jury model left"): ngettext_lazy(
        "%(number)s jury model left", "%(number)s jury models left", "count"
    ),
}
"""By what is said when nothing is left."""


MEMBER_NAMES = (gettext_noop("model"), gettext_noop("fallback"), gettext_noop("jury model"))
"""One of several models, as hosts call it; looked up by :func:`member_name`."""

PARTS = {"node": ngettext_lazy("node %(names)s", "nodes %(names)s", "count")}
"""By what a host calls the rows that are parts of its resources."""

WITHIN = {"pipeline": gettext_lazy("pipeline %(name)s")}
"""By the kind of resource that another one speaks for."""


def kind_name(kind: str) -> str:
    """Return what one resource of a kind is called."""
    return gettext(kind)


def headline(kind: str, number: int) -> str:
    """Return such words as ``2 transcript analyses``."""
    singular, plural = f"%(number)s {_literal(kind)}", f"%(number)s {_literal(english_plural(kind))}"
    message = KINDS.get(kind) or ngettext_lazy(singular, plural, "count")
    return message % {"count": number, "number": f"{number:,}"}


def left_over(member: str, number: int) -> str:
    """Return such words as ``2 fallbacks left``."""
    nothing = f"no {member} left"
    if not number:
        return gettext(nothing)
    singular, plural = f"%(number)s {_literal(member)} left", f"%(number)s {_literal(english_plural(member))} left"
    message = MEMBERS.get(nothing) or ngettext_lazy(singular, plural, "count")
    return message % {"count": number, "number": f"{number:,}"}


def member_name(member: str) -> str:
    """Return what one of several models is called."""
    return gettext(member)


def part_names(part: str, names: str, number: int) -> str:
    """Return such words as ``nodes Answer, Check``; the names alone where there is no word for them.

    :param number: of the names
    """
    if not part:
        return names
    singular, plural = f"{_literal(part)} %(names)s", f"{_literal(english_plural(part))} %(names)s"
    message = PARTS.get(part) or ngettext_lazy(singular, plural, "count")
    return message % {"count": number, "names": names}


def within_name(kind: str, name: str) -> str:
    """Return such words as ``pipeline Flow``."""
    hosts_own = f"{_literal(kind)} %(name)s"
    message = WITHIN.get(kind) or gettext(hosts_own)
    return message % {"name": name}


def _literal(word: str) -> str:
    """Return a host's word as it stands in a message with placeholders."""
    return word.replace("%", "%%")


def order(kind: str) -> tuple[int, str]:
    """Return what sorts kinds in the order in which people look for them."""
    known = list(KINDS)
    return (known.index(kind) if kind in known else len(known), kind)
