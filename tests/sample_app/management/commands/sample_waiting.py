from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandParser

from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.interruption import watch


class Command(ProjectCommand):
    """Says that it waits, and waits to be stopped."""

    def __init__(self, *args: Any, hands_over: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hands_over = hands_over

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_database(parser)

    def handle(self, **options: Any) -> None:
        with watch(batched=True) as interruption:
            self.stdout.write(f"hands over: {self.hands_over}")
            self.stderr.write("waiting")
            while True:
                interruption.check()
                time.sleep(0.01)
