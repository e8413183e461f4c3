"""Fixtures of the tests of references."""

from tests.sample_app.pointing import pointing_tables

__all__ = ["pointing_tables"]
