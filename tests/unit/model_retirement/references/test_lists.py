"""What a removal makes of lists of fallbacks and juries, and what its undo makes of what others have made of them since."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any

import pytest

from apps.evaluations.models import Evaluator
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, MODEL_PARAMETERS_KEY, Node
from apps.service_providers.models import LlmProviderModel
from model_retirement import promotion
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.parameters import GPT5Parameters
from model_retirement.models import RemovalRun
from model_retirement.references import JsonIdListReference, registry
from model_retirement.removal import restore
from model_retirement.removal.restore_report import RestoreReport
from tests.factories.assistants import AssistantFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory
from tests.unit.model_retirement.removal.removals import FreeLease, interrupted_at, plan_of, registry_of, run_of

pytestmark = pytest.mark.django_db

ACTIVE = [Model(name, 8192, parameters=GPT5Parameters) for name in ("new", "next", "x")]
FALLBACKS = "pipelines.Node.params.fallback_llm_provider_model_ids"
SCALAR = "pipelines.Node.params.llm_provider_model_id"
JURY = "evaluations.Evaluator.jury_models"
TWO = (("a", "new"), ("b", "new"))


@pytest.fixture
def ids(db) -> dict[str, int]:
    delete_all_models()
    return {name: LlmProviderModelFactory.create(name=name).pk for name in ("a", "b", "c", "new", "next", "x")}


def node_of(main: Any, fallbacks: list[Any], **params: Any) -> Node:
    node = NodeFactory.create()
    Node.objects.filter(pk=node.pk).update(params={MODEL_ID_KEY: main, FALLBACK_MODEL_IDS_KEY: fallbacks, **params})
    return node


def stored(node: Node) -> tuple[Any, list[Any]]:
    node.refresh_from_db()
    return node.params[MODEL_ID_KEY], node.params[FALLBACK_MODEL_IDS_KEY]


def remove(*removals: Any, **options: Any) -> RemovalRun:
    going = {removal if isinstance(removal, str) else removal[0] for removal in removals}
    active = [model for model in ACTIVE if model.name not in going]
    return run_of(plan_of(*removals, active=active), **options)


def undo(run: RemovalRun) -> RestoreReport:
    """Undo a removal; the preview has said the same before."""
    expected = restore.preview(run_id=run.pk, registry=registry, using="default")
    report = restore.restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default")
    assert report == expected
    return report


def obstacles(report: RestoreReport) -> dict[str, dict[str, list[Any]]]:
    by_label: dict[str, dict[str, list[Any]]] = {}
    for model in report.models:
        for label, rows in model.obstacles.items():
            for obstacle, row_ids in rows.items():
                by_label.setdefault(label, {}).setdefault(obstacle, []).extend(row_ids)
    return by_label


def promote() -> None:
    promotion.promote(registry=registry, lease=FreeLease(), using="default")


def by_name(ids: dict[str, int], names: str) -> list[int]:
    return [ids[name] for name in names.split()]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: b new a", "new: "),
        ("x: b new a", "x: new"),
        ("x: b c a new", "x: new c"),
        ("new: a c", "new: c"),
        ("new: new a", "new: new"),
        ("a: new c", "new: c"),
        ("a: c b", "new: c"),
        ("x: a a b", "x: new new"),
        ("x: new new c", "x: new new c"),
        ("b: c c", "new: c c"),
    ],
)
@pytest.mark.parametrize("batch_size", [1, 1000])
@pytest.mark.parametrize("as_text", [False, True])
def test_models_that_become_one_leave_no_double_and_no_fallback_that_is_the_main_model(
    before, after, batch_size, as_text, ids
):
    """Rule 32: what a person had stored twice stays twice, and the undo brings the old list back as it was stored."""
    form = str if as_text else int
    (main, fallbacks), (new_main, left) = before.split(": "), after.split(": ")
    first = form(ids[main]), [form(name) for name in by_name(ids, fallbacks)]
    node = node_of(*first)
    run = remove(*TWO, batch_size=batch_size)
    now, items = stored(node)
    assert (int(now), [int(item) for item in items]) == (ids[new_main], by_name(ids, left))
    assert undo(run).left_alone == 0
    assert stored(node) == first


@pytest.mark.parametrize("moment", range(2, 9))
def test_it_holds_wherever_the_removal_is_interrupted_and_resumed(moment, ids):
    """Rules 10 and 32: each transaction is one in which it may end."""
    node = node_of(ids["a"], by_name(ids, "b new a c"))
    evaluator = EvaluatorFactory.create(llm_provider_model=None, jury_models=by_name(ids, "a b new"))
    with contextlib.suppress(KeyboardInterrupt):
        remove(*TWO, batch_size=1, lease=interrupted_at(moment))
    run = RemovalRun.objects.get()
    if run.finished_at is None:
        remove(*TWO, batch_size=1)
    assert stored(node) == (ids["new"], [ids["c"]])
    assert [model.name for model in evaluator.jury_models.all()] == ["new"]
    assert undo(run).left_alone == 0
    assert stored(node) == (ids["a"], by_name(ids, "b new a c"))
    assert {model.name for model in evaluator.jury_models.all()} == {"a", "b", "new"}


@pytest.mark.parametrize("late", ["new b", "b", "new", "a new b"])
@pytest.mark.parametrize("ended_together", [True, False])
def test_a_list_that_is_written_while_the_removal_runs_is_no_exception(late, ended_together, ids):
    """Rule 32: before each transaction a person stores the list again, until the models go."""
    node = node_of(ids["a"], [])

    def write(_number: int) -> None:
        params = Node.objects.get(pk=node.pk).params
        alive = set(LlmProviderModel.objects.values_list("pk", flat=True))
        if {ids["a"], ids["b"]} <= alive:
            Node.objects.filter(pk=node.pk).update(params={**params, FALLBACK_MODEL_IDS_KEY: by_name(ids, late)})

    removals = [TWO] if ended_together else [TWO[:1], TWO[1:]]
    for removal in removals:
        remove(*removal, lease=FreeLease(write))
    main, items = stored(node)
    assert main == ids["new"]
    # Beside the replacement as main model a person may have stored the replacement; the removal adds none to it.
    assert items.count(ids["new"]) <= late.split().count("new")


def test_a_main_model_that_is_chosen_late_takes_its_fallback_out(ids):
    """Rule 32: the main model moves in the sweep, long after its list was looked at."""
    node = node_of(ids["x"], by_name(ids, "new c"))

    def choose(number: int) -> None:
        if number == 2:
            params = Node.objects.get(pk=node.pk).params
            Node.objects.filter(pk=node.pk).update(params={**params, MODEL_ID_KEY: ids["a"]})

    run = remove(*TWO, lease=FreeLease(choose))
    assert stored(node) == (ids["new"], [ids["c"]])
    assert undo(run).left_alone == 0
    assert stored(node) == (ids["a"], by_name(ids, "new c"))


def test_a_promotion_leaves_what_a_team_had_chosen_twice(ids):
    """Nothing keeps account of it, so that an undo could not tell it from what a removal has written."""
    team = TeamFactory.create()
    custom = LlmProviderModelFactory.create(team=team, name="new")
    node = NodeFactory.create(pipeline=PipelineFactory.create(team=team))
    Node.objects.filter(pk=node.pk).update(
        params={MODEL_ID_KEY: ids["x"], FALLBACK_MODEL_IDS_KEY: [custom.pk, ids["a"]]}
    )
    evaluator = EvaluatorFactory.create(team=team, llm_provider_model=None, jury_models=[custom.pk, ids["a"]])
    run = remove(("a", "new"))
    promote()
    assert stored(node) == (ids["x"], by_name(ids, "new new"))
    assert undo(run).left_alone == 0
    assert stored(node) == (ids["x"], by_name(ids, "new a"))
    assert {model.name for model in evaluator.jury_models.all()} == {"a", "new"}


def test_what_other_removals_have_moved_beside_it_stays_moved(ids):
    """Rule 22: a list comes back element by element."""
    node = node_of(ids["x"], by_name(ids, "a b c"))
    evaluator = EvaluatorFactory.create(llm_provider_model=None, jury_models=by_name(ids, "a b c"))
    first = remove(("a", "new"))
    remove(("b", "next"))
    remove("c")
    assert undo(first).left_alone == 0
    assert stored(node) == (ids["x"], by_name(ids, "a next"))
    assert {model.name for model in evaluator.jury_models.all()} == {"a", "next"}


@pytest.mark.parametrize("order", ["a b", "b a"])
def test_of_two_removals_that_became_one_each_comes_back_by_itself(order, ids):
    """Rule 22."""
    node = node_of(ids["x"], by_name(ids, order))
    evaluator = EvaluatorFactory.create(llm_provider_model=None, jury_models=by_name(ids, order))
    first, second = remove(TWO[0]), remove(TWO[1])
    assert stored(node) == (ids["x"], [ids["new"]])
    assert undo(first).left_alone == 0
    assert stored(node) == (ids["x"], by_name(ids, order.replace("b", "new")))
    assert {model.name for model in evaluator.jury_models.all()} == {"a", "new"}
    assert undo(second).left_alone == 0
    assert stored(node) == (ids["x"], by_name(ids, order))
    assert {model.name for model in evaluator.jury_models.all()} == {"a", "b"}


def test_what_a_later_removal_took_out_beside_a_main_model_comes_back_with_that(ids):
    """Rule 22: alone, the later one would have made no double of it."""
    node = node_of(ids["a"], by_name(ids, "b"))
    first = remove(("a", "new"))
    later = remove(("b", "new"))
    assert stored(node) == (ids["new"], [])
    undo(first)
    assert stored(node) == (ids["a"], [ids["new"]])
    undo(later)
    assert stored(node) == (ids["a"], [ids["b"]])


@pytest.mark.parametrize(("main", "fallbacks"), [("new", "c"), ("new", None), ("x", "")])
def test_beside_what_a_person_has_changed_since_nothing_comes_back(main, fallbacks, ids):
    """Rule 22: a list of a person's own stays, and so does one beside a main model of a person's own."""
    node = node_of(ids["a"], by_name(ids, "b"))
    first = remove(("a", "new"))
    remove(("b", "new"))
    written = None if fallbacks is None else by_name(ids, fallbacks)
    node.params |= {MODEL_ID_KEY: ids[main], FALLBACK_MODEL_IDS_KEY: written}
    Node.objects.filter(pk=node.pk).update(params=node.params)
    undo(first)
    assert stored(node) == (ids["a" if main == "new" else main], written)


@pytest.mark.parametrize("interrupted", ["first", "later"])
@pytest.mark.parametrize("moment", range(1, 8))
def test_two_undos_of_which_one_was_interrupted_bring_all_back(moment, interrupted, ids):
    """Rule 22, wherever it was interrupted and whichever is finished first."""
    before = (ids["a"], by_name(ids, "b x c x new"))
    node = node_of(*before)
    runs = {"first": remove("x", ("a", "new")), "later": remove(("b", "next"), ("c", "next"))}
    with contextlib.suppress(KeyboardInterrupt):
        restore.restore(
            run_id=runs.pop(interrupted).pk, registry=registry, lease=interrupted_at(moment), using="default"
        )
    undo(*runs.values())
    for unfinished in RemovalRun.objects.filter(restored_at=None):
        undo(unfinished)
    assert stored(node) == before


def test_what_a_later_removal_has_moved_on_is_named_with_its_number(ids):
    """Rule 22, for every kind of reference."""
    node = node_of(ids["a"], by_name(ids, "b"), **{MODEL_PARAMETERS_KEY: {"temperature": 0.5}})
    alone = node_of(ids["x"], by_name(ids, "b c"))
    assistant = AssistantFactory.create(llm_provider_model_id=ids["a"])
    evaluator = EvaluatorFactory.create(llm_provider_model=None, jury_models=by_name(ids, "a"))
    first = remove(*TWO)
    later = remove(("new", "next"))
    by_later = f"removal {later.pk}"
    assert obstacles(undo(first)) == {
        SCALAR: {by_later: [node.pk]},
        "pipelines.Node.params.llm_model_parameters": {by_later: [node.pk]},
        FALLBACKS: {by_later: [alone.pk]},
        "assistants.Assistant.llm_provider_model": {by_later: [assistant.pk]},
        JURY: {by_later: [evaluator.pk]},
    }
    assert stored(node) == (ids["next"], [ids["b"]])
    assert stored(alone) == (ids["x"], by_name(ids, "next c"))


@pytest.mark.parametrize(("moved_on", "other"), [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("first_in_list", ["moved on", "other"])
def test_of_two_elements_the_one_that_was_moved_on_stays_and_is_named(moved_on, other, first_in_list, ids):
    """Rule 22: what is said to be left alone is left alone, whatever else of the list comes back."""
    both = [moved_on, other] if first_in_list == "moved on" else [other, moved_on]
    node = node_of(ids["c"], [ids[name] for name in both])
    first = remove((moved_on, "new"), (other, "x"))
    later = remove(("new", "next"))
    assert obstacles(undo(first)) == {FALLBACKS: {f"removal {later.pk}": [node.pk]}}
    assert stored(node) == (ids["c"], [ids["next" if name == moved_on else name] for name in both])
    assert undo(later).left_alone == 0
    assert stored(node) == (ids["c"], [ids["new" if name == moved_on else name] for name in both])


def test_what_comes_back_and_was_removed_since_goes_the_way_of_that_removal(ids):
    """Rules 6 and 22: an undo stores no id of a model that is gone."""
    node = node_of(ids["a"], by_name(ids, "new c"))
    first = remove(("a", "new"))
    remove(("new", "next"))
    undo(first)
    assert stored(node) == (ids["next"], [ids["c"]])


def test_a_person_who_changed_what_a_later_removal_had_written_stands_in_the_way(ids):
    assistant = AssistantFactory.create(llm_provider_model_id=ids["a"])
    first = remove(("a", "new"))
    remove(("new", "next"))
    type(assistant).objects.filter(pk=assistant.pk).update(llm_provider_model_id=ids["x"])
    assert obstacles(undo(first)) == {"assistants.Assistant.llm_provider_model": {"changed": [assistant.pk]}}


def test_what_an_editor_rewrites_is_no_change(ids):
    """Rule 22: opened in the editor and saved, ids of the past become numbers, and what is empty vanishes."""
    before = str(ids["b"]), [str(ids["a"]), f" {ids['c']} ", "", None, str(ids["x"])]
    node = node_of(*before)
    run = remove(("a", "new"), ("b", "next"))
    node.refresh_from_db()
    node.save()
    assert undo(run).left_alone == 0
    assert stored(node) == before


def test_settings_come_back_with_their_model_however_its_id_is_spelt(ids):
    """Rule 22."""
    settings = {MODEL_PARAMETERS_KEY: {"temperature": 0.5}}
    node, changed = node_of(ids["a"], [], **settings), node_of(ids["a"], [], **settings)
    run = remove(("a", "new"))
    for stored_node, main in ((node, str(ids["new"])), (changed, ids["x"])):
        stored_node.refresh_from_db()
        Node.objects.filter(pk=stored_node.pk).update(params={**stored_node.params, MODEL_ID_KEY: main})
    report = undo(run)
    assert obstacles(report)[SCALAR] == {"changed": [changed.pk]}
    node.refresh_from_db()
    changed.refresh_from_db()
    assert (node.params[MODEL_ID_KEY], node.params[MODEL_PARAMETERS_KEY]) == (ids["a"], {"temperature": 0.5})
    assert (changed.params[MODEL_ID_KEY], changed.params[MODEL_PARAMETERS_KEY]) == (ids["x"], {})


def test_of_a_jury_that_became_one_all_come_back_or_none(ids):
    """Rule 22."""
    untouched, without = (
        EvaluatorFactory.create(llm_provider_model=None, jury_models=by_name(ids, "a b")) for _ in range(2)
    )
    again = EvaluatorFactory.create(llm_provider_model=None, jury_models=by_name(ids, "a"))
    run = remove(*TWO)
    without.jury_models.clear()
    again.jury_models.clear()
    again.jury_models.add(ids["new"])
    assert obstacles(undo(run)) == {JURY: {"changed": [without.pk, without.pk]}}
    assert {model.name for model in untouched.jury_models.all()} == {"a", "b"}
    assert set(without.jury_models.all()) == set()
    # A person chose the replacement anew, so it stays.
    assert {model.name for model in again.jury_models.all()} == {"a", "new"}


def test_a_jury_without_a_row_and_a_model_that_is_there_again_are_left_alone(ids):
    gone, there = (EvaluatorFactory.create(llm_provider_model=None, jury_models=by_name(ids, "c")) for _ in range(2))
    run = remove("c")
    Evaluator.objects.filter(pk=gone.pk).delete()
    LlmProviderModelFactory.create(pk=ids["c"], name="c")
    there.jury_models.add(ids["c"])
    assert obstacles(undo(run)) == {JURY: {"changed": [there.pk], "gone": [gone.pk]}}


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        ("a x c", "next new c", "next a c"),
        ("c a", "new c", "a c"),
        ("a c", "c new x", "c a x"),
        ("x b c", "x next", "x b next"),
        ("b x", "next", "b next"),
    ],
)
def test_elements_come_back_at_their_place(before, now, after, ids):
    """Rule 22: a was replaced by new, and b was taken out."""
    node = node_of(ids["x"], by_name(ids, before))
    run = remove(("a", "new"), "b")
    params = {MODEL_ID_KEY: ids["x"], FALLBACK_MODEL_IDS_KEY: by_name(ids, now)}
    Node.objects.filter(pk=node.pk).update(params=params)
    assert undo(run).left_alone == 0
    assert stored(node) == (ids["x"], by_name(ids, after))


@pytest.mark.parametrize("now", [None, "x", 7, {}])
def test_a_list_that_is_none_any_more_is_left_alone(now, ids):
    node = node_of(ids["x"], by_name(ids, "a"))
    run = remove("a")
    Node.objects.filter(pk=node.pk).update(params={FALLBACK_MODEL_IDS_KEY: now})
    assert obstacles(undo(run)) == {FALLBACKS: {"changed": [node.pk]}}


def test_the_list_beside_a_main_model_is_declared_after_it():
    main, fallbacks = registry[SCALAR], registry[FALLBACKS]
    assistants = registry["assistants.Assistant.llm_provider_model"]
    with pytest.raises(ValueError, match=r"params\.llm_provider_model_id, the main model of .* is not declared"):
        registry_of(fallbacks)
    assert next(iter(registry_of(main, fallbacks))) == fallbacks
    for wrong in (main, assistants):
        with pytest.raises(ValueError, match="so no list can stand beside it"):
            wrong.beside(assistants)
    assert isinstance(fallbacks, JsonIdListReference)


def test_only_references_that_hold_several_models_count_them():
    assert {reference.label for reference in registry if reference.holds} == {FALLBACKS, JURY}
    with pytest.raises(NotImplementedError, match="holds one model"):
        registry[SCALAR].members("1", using="default")


def test_only_a_list_has_something_beside_a_main_model():
    assert not registry[SCALAR].restore_beside_main(pasts={}, using="default")


def test_only_references_with_settings_beside_them_keep_settings():
    assert {reference.label for reference in registry if reference.parameters_label} == {SCALAR}
    assert registry[SCALAR].journal_labels == (SCALAR, "pipelines.Node.params.llm_model_parameters")
    main: Any = registry[SCALAR]
    without = dataclasses.replace(main, parameters_key="")
    assert (without.parameters_label, without.journal_labels) == ("", (SCALAR,))
    with pytest.raises(NotImplementedError, match="keeps no settings"):
        registry[FALLBACKS].parameters("params", using="default")
