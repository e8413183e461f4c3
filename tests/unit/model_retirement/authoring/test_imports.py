"""Imports that an edit adds, and those that it takes away."""

from __future__ import annotations

import libcst as cst
import pytest

from model_retirement.authoring import imports

OTHER = "from apps.catalogue import (\n    A,\n    B,  # of b\n    C,\n)\n"


def with_date(code: str) -> str:
    return imports.with_date(cst.parse_module(code)).code


def without(code: str, *names: str) -> str:
    return imports.without_unused(cst.parse_module(code), names).code


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("from datetime import date\n", "date"),
        ("from datetime import datetime, date as day\n", "day"),
        ("import datetime\n", "datetime.date"),
        ("import datetime as dt\n", "dt.date"),
        ("from datetime import datetime\nfrom a import date\nfrom . import datetime\nx = 1\n", None),
        ("from datetime import *\n", None),
    ],
)
def test_the_name_of_date(code: str, name: str | None):
    assert imports.date_name(cst.parse_module(code)) == name


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ('"""Docs."""\n\nfrom a import b\n', '"""Docs."""\n\nfrom datetime import date\n\nfrom a import b\n'),
        ("# Licence\nfrom a import b\n", "# Licence\nfrom datetime import date\n\nfrom a import b\n"),
        (
            '"""Docs."""\nfrom __future__ import annotations\n\n# of b\nfrom a import b\n',
            '"""Docs."""\nfrom __future__ import annotations\n\nfrom datetime import date\n\n# of b\nfrom a import b\n',
        ),
        (
            "import re\nfrom collections import abc\n\nfrom a import b\n",
            "import re\nfrom collections import abc\nfrom datetime import date\n\nfrom a import b\n",
        ),
        (
            '"""Docs."""\n\nimport re\nfrom enum import Enum\n\nfrom a import b\n',
            '"""Docs."""\n\nimport re\nfrom datetime import date\nfrom enum import Enum\n\nfrom a import b\n',
        ),
        (
            '"""Docs."""\n\nfrom enum import Enum\n',
            '"""Docs."""\n\nfrom datetime import date\nfrom enum import Enum\n',
        ),
        ('"""Docs."""\n', '"""Docs."""\nfrom datetime import date\n'),
    ],
)
def test_date_comes_where_import_sorters_want_it(code: str, more: str):
    assert with_date(code) == more


@pytest.mark.parametrize(
    ("code", "names", "left"),
    [
        (f"{OTHER}x = [B, C]\n", "A", "from apps.catalogue import (\n    B,  # of b\n    C,\n)\nx = [B, C]\n"),
        (f"{OTHER}x = [A]\n", "BC", "from apps.catalogue import (\n    A,\n)\nx = [A]\n"),
        (f"{OTHER}x = [A, B]\n", "C", "from apps.catalogue import (\n    A,\n    B,  # of b\n)\nx = [A, B]\n"),
        (f'{OTHER}__all__ = ["A", "B", "C"]\n', "ABC", f'{OTHER}__all__ = ["A", "B", "C"]\n'),
        (f"{OTHER}x = [A, B, C]\n", "ABC", f"{OTHER}x = [A, B, C]\n"),
        (f"{OTHER}", "", OTHER),
        ("from a import A, B as b, C\n", "bC", "from a import A\n"),
        ("import A\n\nimport C\n", "A", "import C\n"),
        ("import A, C\n", "A", "import A, C\n"),
        ('"""Docs."""\n\nfrom a import A\nfrom b import B\n\nB()\n', "A", '"""Docs."""\n\nfrom b import B\n\nB()\n'),
        ('"""Docs."""\n\nfrom a import A\n\nfrom b import B\n', "A", '"""Docs."""\n\nfrom b import B\n'),
    ],
)
def test_imports_that_nothing_mentions_go(code: str, names: str, left: str):
    assert without(code, *names) == left
