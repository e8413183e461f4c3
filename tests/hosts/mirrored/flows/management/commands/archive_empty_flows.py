from flows.models import Flow
from flows.run_once import OnceCommand


class Command(OnceCommand):
    help = "Archives flows without a step."
    migration_name = "2025_02_empty_flows"

    def perform_migration(self, dry_run: bool = False) -> int:
        return Flow.objects.filter(steps=None).update(is_archived=True)
