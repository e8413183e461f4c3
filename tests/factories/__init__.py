"""Factories of test rows, one module per app.

Say ``TeamFactory.create(...)``: that spelling is the one whose result mypy knows.
"""
