"""Benchmarks: what the performance figures in the README come from.

``python -m benchmarks`` (``make bench``) compares the engine with hand-written SQL and with loops through the ORM, on PostgreSQL:

* ``server``: databases that are copies of one template, and the processes that are measured
* ``dataset``: the data of a removal, and ``promotion``: that of a promotion, with its hand-written SQL
* ``child``: one run of the engine, or of a loop, in a process of its own
* ``floor``: the hand-written SQL of a removal, below which nothing that does the same can be expected to go
* ``loops``: one object after the other through the ORM
* ``editors`` and ``editor``: people who save nodes while a removal runs
* ``round_trip``: a removal and its undo
* ``shards``: two databases on one server beside one with the rows of both; ``shard_settings``: their processes' settings
* ``outcome``: checksums, so that nobody is faster because it does less
* ``words``: the figures, for people

``python -m benchmarks.admin_pages`` (``make bench-admin``) times the pages of the admin, with ``page_times``, on both databases.
"""
