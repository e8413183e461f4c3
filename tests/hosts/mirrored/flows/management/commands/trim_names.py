from django.db.models.functions import Trim

from flows.models import Flow
from flows.run_once import OnceCommand


class Command(OnceCommand):
    help = "Takes the blanks around names of flows."
    migration_name = "2026_11_names"

    def perform_migration(self, dry_run: bool = False) -> int:
        return Flow.all_objects.update(name=Trim("name"))
