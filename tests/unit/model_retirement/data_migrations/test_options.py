"""Options that a migration gives to a command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from model_retirement.data_migrations import finding, options
from model_retirement.data_migrations.options import OptionRefused

TAKES = "it takes limit, since, kind, tag, slugs, archived, mail, words"


def arguments(given: dict[str, Any], *, name: str = "limited") -> list[str]:
    return options.as_arguments(options.checked(given, name=name), command=finding.find_command(name), name=name)


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        ({}, []),
        ({"limit": 5}, ["--limit=5"]),
        ({"limit": -5}, ["--limit=-5"]),
        ({"since": "2026-03-01"}, ["--since=2026-03-01"]),
        ({"kind": "pipeline"}, ["--kind=pipeline"]),
        ({"tag": ["a", "-b"]}, ["--tag=a", "--tag=-b"]),
        ({"tag": ()}, []),
        ({"slugs": ("a", "b c")}, ["--slugs", "a", "b c"]),
        ({"archived": True}, ["--archived"]),
        ({"archived": False}, []),
        ({"mail": False}, ["--no-mail"]),
        ({"mail": True}, []),
        ({"words": ["-x", "y"], "limit": 1}, ["--limit=1", "--", "-x", "y"]),
    ],
)
def test_options_are_what_a_person_would_type(limited: None, given: dict[str, Any], typed: list[str]):
    assert arguments(given) == typed


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"limmit": 5}, f'RunDataMigration("limited"): limited has no option limmit; {TAKES}.'),
        ({"limit": "many"}, "RunDataMigration(\"limited\"): argument --limit: invalid int value: 'many'."),
        ({"limit": True}, 'RunDataMigration("limited"): option limit is True; it takes one value.'),
        ({"limit": [1]}, 'RunDataMigration("limited"): option limit is [1]; it takes one value.'),
        ({"since": "2026-13-01"}, "'2026-13-01' is not a day in the form 2026-10-23."),
        ({"kind": "team"}, "argument --kind: invalid choice: 'team' (choose from "),
        ({"tag": "a"}, "option tag is 'a'; it takes a list."),
        ({"slugs": "a"}, "option slugs is 'a'; it takes a list."),
        ({"slugs": []}, "argument --slugs: expected at least one argument."),
        ({"archived": "yes"}, "option archived is 'yes'; it takes True or False."),
        ({"archived": 1}, "option archived is 1; it takes True or False."),
        ({"mail": None}, "option mail is None; it takes text, a number, True or False, or a list of such"),
        ({"since": dt.date(2026, 3, 1)}, "option since is datetime.date(2026, 3, 1); it takes text, a number, "),
        ({"limit": float("nan")}, "option limit is nan; it takes text"),
        ({"limit": 10**18}, "it takes text, a number"),
        ({"tag": ["a", {"b": 1}]}, "option tag is ['a', {'b': 1}]; it takes text"),
        ({"tag": ["a\0"]}, "option tag is ['a\\x00']; it takes text"),
        ({"kind": "\ud800"}, "option kind is '\\ud800'; it takes text"),
        ({"dry_run": True}, "option dry_run cannot be given; a migration asks for work that is done."),
        ({"fake": True}, "option fake cannot be given; `custom_migrations mark` records work as done"),
        ({"force": True}, "option force cannot be given; "),
        ({"only": ["one"]}, "option only cannot be given; a request is for all units of a command."),
        ({"wait": 0}, "option wait cannot be given; "),
        ({"database": "other"}, "option database cannot be given; it is the database that is migrated."),
        ({"verbosity": 2}, "limited has no option verbosity; it takes limit, "),
        ({"triggered_by": "me"}, "limited has no option triggered_by; it takes limit, "),
    ],
)
def test_what_the_command_does_not_take_is_one_line(limited: None, given: dict[str, Any], line: str):
    with pytest.raises(OptionRefused) as caught:
        arguments(given)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_command_without_options_says_so():
    with pytest.raises(OptionRefused, match=r"sample_atomic has no option limit; it takes none\."):
        arguments({"limit": 5}, name="sample_atomic")


def test_options_are_a_dict():
    with pytest.raises(OptionRefused, match="options is 'limit=5'; it takes a dict"):
        options.checked("limit=5", name="limited")  # type: ignore[arg-type]


REQUIRING = """
    import argparse
    from model_retirement.data_migrations.commands import IdempotentCommand

    class Command(IdempotentCommand):
        migration_name = "requiring"

        def add_arguments(self, parser):
            super().add_arguments(parser)
            parser.add_argument("-m", "--most", type=int, required=True)
            parser.add_argument("--mail", action=argparse.BooleanOptionalAction, default=True)
            parser.add_argument("--up", action="store_const", const="up", dest="way")
            parser.add_argument("--down", action="store_const", const="down", dest="way")
"""


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        ({"mail": True}, ["--mail"]),
        ({"mail": False}, ["--no-mail"]),
        ({"way": "up"}, ["--up"]),
        ({"way": "down"}, ["--down"]),
    ],
)
def test_several_switches_may_set_one_option(
    host_command: Callable[[str, str], None], given: dict[str, Any], typed: list[str]
):
    host_command("requiring", REQUIRING)
    assert arguments({"most": 1, **given}, name="requiring") == ["--most=1", *typed]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "the following arguments are required: -m/--most."),
        ({"most": 1, "way": "left"}, "option way is 'left'; it takes 'up' or 'down'."),
        ({"most": 1, "mail": "no"}, "option mail is 'no'; it takes True or False."),
    ],
)
def test_what_is_missing_or_no_choice_is_told(
    host_command: Callable[[str, str], None], given: dict[str, Any], line: str
):
    host_command("requiring", REQUIRING)
    with pytest.raises(OptionRefused) as caught:
        arguments(given, name="requiring")
    assert line in str(caught.value)


def test_they_are_shown_as_json_and_harm_no_terminal():
    assert (
        options.in_words({"limit": 5, "tag": ["a", "é"], "archived": True}) == 'archived=true, limit=5, tag=["a", "é"]'
    )
    assert "\u202e" not in options.in_words({"tag": "\u202e"})
    assert options.in_words({}) == ""
