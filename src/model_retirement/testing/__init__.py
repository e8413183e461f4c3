"""For tests of hosts: does a kind of reference keep to what a removal and its undo rely on?

A host that has a kind of its own, or that wants to know whether its declarations fit its tables, calls
:func:`assert_reference_kind` in a test that has a database. All that it writes is rolled back.
"""

from model_retirement.testing.reference_kinds import assert_reference_kind
from model_retirement.testing.trials import MakeModel, MakeRow

__all__ = ["MakeModel", "MakeRow", "assert_reference_kind"]
