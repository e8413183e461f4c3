"""Progress: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import io

from rich.console import Console

from model_retirement.management.progress import shown


def test_off_a_terminal_a_line_is_written_every_few_seconds_and_none_for_short_work():
    now = 0.0
    lines: list[str] = []
    with shown(console=Console(file=io.StringIO()), write=lines.append, clock=lambda: now) as report:
        for done in range(1_000, 6_000, 1_000):
            now += 3
            report("pipelines.Node.params", done, 5_000)
    assert lines == ["pipelines.Node.params: 2,000 of 5,000", "pipelines.Node.params: 4,000 of 5,000"]


def test_on_a_terminal_there_is_a_bar_with_rate_and_time_left_that_goes_away():
    out = io.StringIO()
    with shown(console=Console(file=out, force_terminal=True, width=100), write=print) as report:
        report("nodes", 1, 4)
        report("nodes", 4, 4)
        report("models removed", 1, 2)
    text = out.getvalue()
    assert "nodes" in text
    assert "4/4" in text
    assert "/s" in text
    assert "1/2" in text
