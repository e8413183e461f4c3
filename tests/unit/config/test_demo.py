"""The demo's adapter knows how much its tenants use, and says the same whenever it is asked."""

from __future__ import annotations

from config.demo import Platform
from config.retirement import Platform as Ours


def test_usage_of_the_demo_is_the_same_whenever_and_with_whatever_it_is_asked():
    alone = list(Platform().monthly_usage(team_ids=[7], model_ids=[3], using="default"))
    together = list(Platform().monthly_usage(team_ids=[6, 7], model_ids=[3, 4], using="other"))
    assert alone == [usage for usage in together if usage[:2] == (7, 3)]
    assert len({usage[2:] for usage in together}) == 4
    assert all(tokens_in > tokens_out > 0 for _, _, tokens_in, tokens_out in together)


def test_this_platform_makes_no_usage_up():
    assert list(Ours().monthly_usage(team_ids=[7], model_ids=[3], using="default")) == []
