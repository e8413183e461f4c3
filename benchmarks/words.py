"""The figures of a benchmark, for people."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.server import Measured

Runs = Mapping[str, Sequence[Measured]]


def lines(measurements: Mapping[str, Mapping[int, Runs]]) -> Iterator[str]:
    """Yield the lines of a report.

    :param measurements: kind of measurement to number of nodes to the runs of each contestant
    """
    say = {
        "removal": _removal,
        "editors": _editors,
        "promotion": _promotion,
        "loops": _loops,
        "round trip": _round_trip,
        "shards": _shards,
    }
    for kind, sizes in measurements.items():
        for nodes, runs in sizes.items():
            yield ""
            yield from say[kind](nodes, runs)


def _median(runs: Sequence[Measured], key: str = "seconds") -> float:
    return float(statistics.median(run[key] for run in runs))


def _against(runs: Runs, name: str, floor: str) -> float:
    return _median(runs[name]) / _median(runs[floor])


def _removal(nodes: int, runs: Runs) -> Iterator[str]:
    command = runs["command"]
    rate = command[0]["references"] / _median(command)
    yield f"Removal of 30 models, {nodes:,} of {5 * nodes:,} nodes refer to them; medians of {len(command)} runs"
    yield f"  plan and execute   {_median(command):8.2f} s   {rate:,.0f} references a second"
    yield f"  hand-written SQL   {_median(runs['floor']):8.2f} s   ratio {_against(runs, 'command', 'floor'):.2f}"
    yield f"  preview            {_median(runs['preview']):8.2f} s"
    ratio = _against(runs, "preview", "preview floor")
    yield f"  aggregate query    {_median(runs['preview floor']):8.2f} s   ratio {ratio:.2f}"
    yield (
        f"  queries {command[0]['queries']:,}, longest transaction {_median(command, 'longest_transaction'):.2f} s,"
        f" peak memory {_median(command, 'rss_mb'):.0f} MB ({_median(command, 'rss_before_mb'):.0f} MB before)"
    )
    references = command[0]["references"]
    wal = {name: _median(runs[name], "wal_bytes") / references for name in ("command", "floor")}
    yield f"  WAL for each of {references:,} references: {wal['command']:,.0f} bytes, hand-written SQL {wal['floor']:,.0f}"


def _editors(nodes: int, runs: Runs) -> Iterator[str]:
    yield (
        f"Edits by two processes while 30 models are removed, {nodes:,} of {5 * nodes:,} nodes refer to them;"
        f" {len(runs['command'])} runs taken together"
    )
    for name, what in (("command", "plan and execute"), ("floor", "hand-written SQL")):
        waits = [wait * 1000 for run in runs[name] for wait in run["waits"]]
        *_, p99 = statistics.quantiles(waits, n=100, method="inclusive")
        refused = sum(run["refused"] for run in runs[name])
        yield (
            f"  {what:<18} {_median(runs[name]):8.2f} s   {len(waits):,} edits: p50 {statistics.median(waits):,.0f} ms,"
            f" p99 {p99:,.0f} ms, longest {max(waits):,.0f} ms; {refused} refused"
        )
    if anew := sum(run["attempts"] - 1 for run in runs["floor"]):
        yield f"  of deadlocks with edits, the hand-written SQL lost {anew} and began anew"


def _promotion(nodes: int, runs: Runs) -> Iterator[str]:
    yield f"Promotion of 1,000 teams' own models, {nodes:,} nodes refer to them; medians of {len(runs['command'])} runs"
    yield f"  promotion          {_median(runs['command']):8.2f} s   {runs['command'][0]['queries']:,} queries"
    yield f"  hand-written SQL   {_median(runs['floor']):8.2f} s   ratio {_against(runs, 'command', 'floor'):.2f}"


def _loops(nodes: int, runs: Runs) -> Iterator[str]:
    yield f"Removal of 30 models, {nodes:,} nodes refer to them, through the ORM; medians of {len(runs['command'])} runs"
    yield f"  plan and execute               {_median(runs['command']):8.2f} s   {runs['command'][0]['queries']:,} queries"
    for name, what in (("one by one", "a transaction per object"), ("at once", "one long transaction")):
        queries, factor = runs[name][0]["queries"], _against(runs, name, "command")
        yield f"  {what:<30} {_median(runs[name]):8.2f} s   {queries:,} queries, factor {factor:.0f}"


def _round_trip(nodes: int, runs: Runs) -> Iterator[str]:
    (trip,) = runs["round trip"]
    yield f"Removal and restore of 30 models, {nodes:,} of {5 * nodes:,} nodes refer to them; one run"
    yield f"  plan and execute   {trip['removed']['seconds']:8.2f} s   peak memory {trip['removed']['rss_mb']:.0f} MB"
    yield f"  restore            {trip['restored']['seconds']:8.2f} s   peak memory {trip['restored']['rss_mb']:.0f} MB"
    changed = f"changed: {', '.join(trip['changed_tables'])}" if trip["changed_tables"] else "all as before"
    yield f"  {trip['rows']:,} rows in {trip['tables']} tables of the platform, {changed} (a checksum per table)"


def _shards(nodes: int, runs: Runs) -> Iterator[str]:
    yield (
        f"Removal of 30 models with `--database all`, {nodes:,} of {5 * nodes:,} nodes refer to them; medians of"
        f" {len(runs['one'])} runs"
    )
    for name, what in (("one", "in one database"), ("two", "in two, one server")):
        yield f"  {what:<18} {_median(runs[name]):8.2f} s   plan and execute {_median(runs[name], 'work'):.2f} s"
    work = _median(runs["two"], "work") / _median(runs["one"], "work")
    yield f"  ratio {_against(runs, 'two', 'one'):.2f}, of planning and executing alone {work:.2f}"
