"""``python -m benchmarks.admin_pages``: how long the pages of the admin take on a large platform, on both databases.

2,000 teams, 100,000 nodes, more than 1,000 custom models, and a removal that moved a part of it. Each page is opened
through Django's test client: views, queries and templates, without a network. The figures are medians.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.database_leg import start_server


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.admin_pages", description=__doc__)
    arguments.add_argument("--teams", type=int, default=2_000)
    arguments.add_argument("--nodes", type=int, default=100_000)
    arguments.add_argument("--database", choices=["sqlite", "postgresql"], help="only this one")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        urls = {
            "sqlite": lambda: f"sqlite:///{Path(folder) / 'db.sqlite3'}",
            "postgresql": lambda: os.environ.get("TEST_DATABASE_URL") or start_server(durable=True),
        }
        for name in [options.database] if options.database else list(urls):
            print(f"\n{name}, {options.teams:,} teams, {options.nodes:,} nodes", flush=True)
            env = {**os.environ, "DATABASE_URL": urls[name](), "EMAIL_URL": f"file://{folder}/mail"}
            size = [str(options.teams), str(options.nodes)]
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"], env=env, check=True)
            subprocess.run([sys.executable, "-m", "benchmarks.page_times", *size], env=env, check=True)


if __name__ == "__main__":
    main()
