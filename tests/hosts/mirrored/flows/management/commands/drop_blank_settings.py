from flows.models import Step
from flows.run_once import OnceCommand


class Command(OnceCommand):
    help = "Takes the settings of steps that say nothing."
    migration_name = "2025_06_settings"

    def perform_migration(self, dry_run: bool = False) -> float:
        return float(Step.objects.filter(settings__note="").update(settings={}))
