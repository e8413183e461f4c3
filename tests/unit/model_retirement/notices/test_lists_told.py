"""What teams and staff are told of lists that a removal made shorter, and of what an undo could not put back."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, Node
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement.models import ReferenceChange, TeamMessage, TeamNotice
from model_retirement.notices import compose
from tests.factories.assistants import AssistantFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory
from tests.unit.model_retirement.notices.named import named_by
from tests.unit.model_retirement.references.test_lists import TWO, by_name, remove, undo

pytestmark = pytest.mark.django_db


@pytest.fixture
def ids(db) -> dict[str, int]:
    delete_all_models()
    return {name: LlmProviderModelFactory.create(name=name).pk for name in ("a", "b", "c", "new", "next", "x")}


@pytest.fixture
def team(db) -> Team:
    return TeamFactory.create(name="Harbour")


def mail_to(team: Team, event: str) -> tuple[str, str]:
    """Return the text and the HTML of the mail that tells a team of an event."""
    notices = list(TeamNotice.objects.filter(team=team, event=event).order_by("name"))
    made = compose.compose(
        message=TeamMessage(team=team), notices=notices, part=1, to=["a@example.org"], using="default"
    )
    html = str(made.alternatives[0][0])
    return " ".join(str(made.body).split()), " ".join(html.split())


def node_of(team: Team, main: int, fallbacks: list[int]) -> Node:
    node = NodeFactory.create(pipeline=PipelineFactory.create(team=team, name="Support"), label="Answer")
    Node.objects.filter(pk=node.pk).update(params={MODEL_ID_KEY: main, FALLBACK_MODEL_IDS_KEY: fallbacks})
    return node


def test_a_team_hears_how_many_models_are_left_in_its_lists(ids, team):
    """Rule 32: once for each list, however many of its models became one."""
    node_of(team, ids["a"], by_name(ids, "b new a"))
    EvaluatorFactory.create(team=team, name="Quality", llm_provider_model=None, jury_models=by_name(ids, "a b new"))
    EvaluatorFactory.create(team=team, name="Untouched", llm_provider_model=None, jury_models=by_name(ids, "a x"))
    remove(*TWO)
    for text in mail_to(team, "removed"):
        assert text.count("no fallback left") == text.count("1 jury model left") == 1
        assert "Lost one of several models, and goes on" in text
        assert "2 jury models left" not in text


def test_only_the_first_of_many_such_lists_are_named(ids, team):
    for number in range(27):
        jury = by_name(ids, "a b")
        EvaluatorFactory.create(team=team, name=f"Quality {number}", llm_provider_model=None, jury_models=jury)
    remove(*TWO)
    text, html = mail_to(team, "removed")
    assert text.count("1 jury model left") == html.count("1 jury model left") == 25
    assert "and 2 more" in text


def test_a_team_for_which_nothing_became_one_hears_nothing_of_it(ids, team):
    node_of(team, ids["a"], by_name(ids, "c x"))
    remove(("a", "new"), "c")
    assert "became the same one" not in mail_to(team, "removed")[0]
    parts = [part for resource in named_by(TeamNotice.objects.get(name="a"))["pipeline"] for part in resource.parts]
    assert [part.left for part in parts] == [None]


def test_a_list_from_which_models_went_without_a_replacement_says_how_many_are_left(ids, team):
    node_of(team, ids["x"], by_name(ids, "c a"))
    remove("c")
    for text in mail_to(team, "removed"):
        assert "node Answer: 1 fallback left" in text
        assert "became the same one" not in text


def test_the_mail_of_an_undo_names_what_a_later_removal_has_moved_on(ids, team):
    """Rule 22: the team has changed nothing, and something is missing."""
    AssistantFactory.create(team=team, name="Helper", llm_provider_model_id=ids["a"])
    node_of(team, ids["x"], by_name(ids, "b"))
    first = remove(("a", "new"), ("b", "next"))
    remove(("new", "x"))
    undo(first)
    for text in mail_to(team, "restored"):
        assert "try out what is not back" in text
        assert "you have changed" not in text
        assert text.index("Not back") < text.index("Helper") < text.index("Back as before") < text.index("Support")


def test_a_team_from_which_all_has_been_moved_on_is_told_so(ids, team):
    """Rule 22."""
    AssistantFactory.create(team=team, name="Helper", llm_provider_model_id=ids["a"])
    first = remove(("a", "new"))
    remove(("new", "x"))
    undo(first)
    text, _ = mail_to(team, "restored")
    assert "What is listed" not in text
    assert "Helper" in text


def test_what_a_team_has_changed_itself_is_said_to_stay(ids, team):
    helpers = [AssistantFactory.create(team=team, name=name, llm_provider_model_id=ids["a"]) for name in ("One", "Two")]
    alone = AssistantFactory.create(llm_provider_model_id=ids["a"])
    run = remove(("a", "new"))
    for helper in (helpers[1], alone):
        helper.refresh_from_db()
        helper.llm_provider_model = LlmProviderModel.objects.get(name="x")
        helper.save()
    undo(run)
    assert set(TeamNotice.objects.filter(event="restored").values_list("team", flat=True)) == {team.pk}
    for text in mail_to(team, "restored"):
        assert "What you have changed since the removal stays as you left it" in text
        assert text.index("Back as before") < text.index("One") < text.index("As you left it") < text.index("Two")


def test_where_all_is_back_nothing_has_to_be_done(ids, team):
    AssistantFactory.create(team=team, name="Helper", llm_provider_model_id=ids["a"])
    undo(remove(("a", "new")))
    for text in mail_to(team, "restored"):
        assert "what used it uses it as before" in text
        assert "you have changed" not in text
        assert "Not back" not in text


def printed(*arguments: object) -> str:
    out = io.StringIO()
    call_command("restore_removed_models", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("removals", [1, 2])
def test_the_command_names_the_later_removals_and_what_can_be_done(removals, ids, team):
    """Rule 22."""
    helper = AssistantFactory.create(team=team, llm_provider_model_id=ids["a"])
    other = AssistantFactory.create(team=team, llm_provider_model_id=ids["b"])
    first = remove(("a", "new"), ("b", "next"))
    later = [remove(("new", "x"))]
    if removals == 2:
        later.append(remove("next"))
    dry = printed(first.pk, "--dry-run")
    label = "assistants.Assistant.llm_provider_model"
    assert f"1  {label} left alone, moved on by removal {later[0].pk}: {helper.pk}\n" in dry
    if removals == 2:
        assert f"1  {label} left alone, moved on by removal {later[1].pk}: {other.pk}\n" in dry
        named = f"removals {later[1].pk}, {later[0].pk}"
        assert f"What {named} moved on comes back if {named} are undone before this one." in dry
    else:
        named = f"removal {later[0].pk}"
        assert f"What {named} moved on comes back if {named} is undone before this one." in dry
    document = json.loads(printed(first.pk, "--dry-run", "--format", "json"))
    assert document["models"][0]["obstacles"] == {label: {f"removal {later[0].pk}": [helper.pk]}}
    assert f"What {named} moved on stays where it is now" in printed(first.pk)


def test_the_page_of_an_undo_names_the_later_removal(ids, admin_client):
    """Rule 22."""
    AssistantFactory.create(llm_provider_model_id=ids["a"])
    first = remove(("a", "new"))
    later = remove(("new", "x"))
    page = admin_client.get(f"/admin/model_retirement/removalrun/{first.pk}/restore/").content.decode()
    assert f"moved on by removal {later.pk}" in page
    assert f"What removal {later.pk} moved on comes back if that one is undone before this one." in " ".join(
        page.split()
    )


def test_what_an_older_journal_says_was_left_alone_was_changed_or_is_gone(ids):
    """A restore that an older release had begun is resumed."""
    AssistantFactory.create(llm_provider_model_id=ids["a"])
    run = remove(("a", "new"))
    ReferenceChange.objects.update(left_alone_ids=[7])
    (model,) = undo(run).models
    assert model.obstacles == {"assistants.Assistant.llm_provider_model": {"changed": [7]}}
