"""What a host's adapter answers is not believed: what it should not be is told in one line, what only decorates is left out."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.core.checks import run_checks
from django.utils.translation import gettext_lazy
from pytest_django import Settings

from model_retirement import answers, conf, setting_checks
from model_retirement.catalogue import view
from model_retirement.notices import recipients
from model_retirement.platform import Platform
from tests.unit.model_retirement import adapters

TEAM = UUID(int=1)


@pytest.fixture
def adapter(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lets a method of the adapter answer with something, or raise it."""
    settings.MODEL_RETIREMENT_PLATFORM = f"{adapters.__name__}.Answering"

    def let(**methods: Any) -> None:
        monkeypatch.setattr(adapters.Answering, "answers", methods)

    return let


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "answer", "shown"),
    [
        ("providers", None, "None"),
        ("providers", "openai", "'openai'"),
        ("providers", ["openai"], "'openai'"),
        ("providers", [("openai", "OpenAI", 1)], "('openai', 'OpenAI', 1)"),
        ("providers", [(1, "OpenAI")], "(1, 'OpenAI')"),
        ("providers", ValueError("no key"), "ValueError('no key')"),
        ("feed_providers", None, "None"),
        ("feed_providers", [("Open AI", "openai")], "[('Open AI', 'openai')]"),
        ("feed_providers", {1: 2}, "{1: 2}"),
        ("feed_providers", ValueError("no key"), "ValueError('no key')"),
    ],
)
def test_providers_that_are_none_are_told_by_check(adapter: Any, method: str, answer: Any, shown: str):
    adapter(**{method: answer})
    (error,) = [message for message in run_checks(databases=["default"]) if message.id == setting_checks.SETTING]
    assert error.msg == f"{method} of {adapters.__name__}.Answering answers with {shown}."
    assert str(error.hint).startswith("It has to be ")
    assert not answers.is_set_up()


def test_providers_may_have_names_that_are_translated(adapter: Any):
    adapter(providers=[["openai", gettext_lazy("team")]], feed_providers={"Open AI": "openai"})
    assert dict(answers.providers()) == {"openai": "team"}
    assert answers.feed_providers() == {"Open AI": "openai"}
    assert answers.is_set_up()


def test_what_is_wrong_with_a_setting_is_not_told_as_an_answer(adapter: Any):
    adapter(providers=conf.WrongSetting("This is wrong.", "Do that."))
    with pytest.raises(conf.WrongSetting, match=r"^This is wrong\. Do that\.$"):
        answers.providers()


@pytest.mark.parametrize(
    "answer",
    [None, "a@b.example", ["a@b.example"], [("1", "a@b.example")], [(1, "a@b.example", "x")], {1: "a@b.example"}, 5],
)
def test_recipients_are_keys_of_teams_with_addresses(adapter: Any, answer: Any):
    """A key that is written as text is nobody's, and a team would hear nothing."""
    adapter(recipients=answer)
    with pytest.raises(
        answers.WrongAnswer, match=r"^recipients of .*Answering answers with .* pairs of the key of a team"
    ):
        list(answers.recipients(team_ids=None, using="default"))


def test_recipients_are_taken_as_they_come(adapter: Any):
    adapter(recipients=iter([(1, "a@b.example"), (TEAM, None)]))
    assert list(answers.recipients(team_ids=None, using="default")) == [(1, "a@b.example"), (TEAM, None)]


@pytest.mark.parametrize("answer", ["Ann", 3, True, [1, 2], [None]])
def test_whom_a_channel_reached_is_a_list_of_names(adapter: Any, answer: Any):
    adapter(deliver=answer)
    with pytest.raises(answers.WrongAnswer, match="a list of the names or addresses that it reached, or None"):
        answers.deliver(message=None, notices=[], recipients=[], using="default")


@pytest.mark.parametrize(
    ("answer", "reached"), [(None, None), ([], []), ((), []), (iter(["Ann"]), ["Ann"]), (iter([]), [])]
)
def test_a_channel_may_name_them_one_by_one(adapter: Any, answer: Any, reached: list[str] | None):
    adapter(deliver=answer)
    assert answers.deliver(message=None, notices=[], recipients=[], using="default") == reached


@pytest.mark.parametrize(
    ("answer", "url"),
    [
        ("https://host.example/1", "https://host.example/1"),
        ("http://host/1", "http://host/1"),
        (gettext_lazy("http://host/1"), "http://host/1"),
        (None, ""),
        ("", ""),
        (5, ""),
        ("/bots/1", "http://localhost:8000/bots/1"),
        ("//elsewhere.example/1", ""),
        ("javascript:alert(1)", ""),
        ("https://host.example/a b", ""),
        ("https://host.example/\nx", ""),
        (ValueError("no such page"), ""),
    ],
)
def test_a_page_is_an_address_or_there_is_none(adapter: Any, answer: Any, url: str):
    """Rule 23: one odd object keeps nobody from hearing of the others."""
    adapter(resource_url=answer)
    assert answers.resource_url(obj=SimpleNamespace(pk=1, _meta=SimpleNamespace(label="bots.Bot"))) == url


@pytest.mark.parametrize(
    "answer", [None, 5, [(1, 2)], [(1, 2, "a", "b")], [(1, 2, -1, 0)], [(1, 2, 3, None)], [(1, 2, float("nan"), 0)]]
)
def test_use_is_counted_in_tokens(adapter: Any, answer: Any):
    adapter(monthly_usage=answer)
    with pytest.raises(answers.WrongAnswer, match=r"^monthly_usage of .* rows of team id, model id, tokens read"):
        list(answers.monthly_usage(team_ids=[1], model_ids=[2], using="default"))


def test_sums_of_a_database_are_tokens(adapter: Any):
    adapter(monthly_usage=[(1, 2, Decimal(7), 0.0)])
    assert list(answers.monthly_usage(team_ids=[1], model_ids=[2], using="default")) == [(1, 2, 7, 0)]


def test_capabilities_are_words(adapter: Any):
    adapter(used_capabilities=[(1, 2, 3)])
    asked: dict[str, Any] = {"team_ids": [1], "model_ids": [2], "using": "default"}
    with pytest.raises(answers.WrongAnswer, match="rows of team id, model id and capability"):
        list(answers.used_capabilities(**asked) or ())
    adapter(used_capabilities=[(1, 2, "vision")])
    assert list(answers.used_capabilities(**asked) or ()) == [(1, 2, "vision")]
    adapter(used_capabilities=None)
    assert answers.used_capabilities(**asked) is None


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ("v" * 10_000_000, "v" * 64),
        ("a\x00b", "ab"),
        (None, ""),
        (5, "5"),
        (OSError("no git"), ""),
        ("3f2a", "3f2a"),
    ],
)
def test_a_version_is_as_much_as_a_record_holds_and_stops_nothing(adapter: Any, answer: Any, version: str):
    adapter(code_version=answer)
    assert answers.code_version() == version


def test_a_long_answer_is_shown_in_part(adapter: Any):
    adapter(recipients=["x" * 1_000_000])
    with pytest.raises(answers.WrongAnswer) as wrong:
        list(answers.recipients(team_ids=None, using="default"))
    assert len(str(wrong.value)) < 300


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("Fewer", "recipients cannot be called as recipients(team_ids=…, using=…)."),
        ("NoMethod", "providers cannot be called as providers()."),
    ],
)
def test_a_method_that_cannot_be_called_is_told_before_it_is(settings: Settings, name: str, wrong: str):
    settings.MODEL_RETIREMENT_PLATFORM = f"{adapters.__name__}.{name}"
    (error,) = setting_checks.check_methods()
    assert (error.id, error.msg) == ("model_retirement.E212", f"{adapters.__name__}.{name}.{wrong}")
    assert "same parameters as that of model_retirement.platform.Platform" in str(error.hint)


@pytest.mark.parametrize("name", ["More", "Silent", "Delivering"])
def test_a_method_may_take_more_or_anything(settings: Settings, name: str):
    settings.MODEL_RETIREMENT_PLATFORM = f"{adapters.__name__}.{name}"
    assert setting_checks.check_methods() == []


def test_methods_of_what_is_no_adapter_are_not_looked_at(settings: Settings):
    settings.MODEL_RETIREMENT_PLATFORM = "config.nowhere.Platform"
    assert setting_checks.check_methods() == setting_checks.check_platform() == []


def test_an_adapter_is_asked_for_all_that_a_platform_answers():
    """A method that is added without being looked at here would be believed."""
    believed = {"may_see", "team_of_request"}
    looked_at = {name for name in vars(answers) if not name.startswith("_")}
    assert {name for name in vars(Platform) if not name.startswith("_")} <= looked_at | believed


def test_a_platform_that_can_call_nothing_is_told_so(adapter: Any):
    adapter(providers=[])
    problems = [str(problem) for problem in view.read().problems()]
    assert any("The platform can call none: add the provider" in problem for problem in problems)


def test_an_address_that_is_none_is_left_out(adapter: Any):
    """A row of a user without one must not spoil the mail for the other admins."""
    adapter(recipients=[(7, None), (7, "ann@example.org")])
    assert recipients.addresses(team_ids=[7], using="default") == {7: ["ann@example.org"]}
