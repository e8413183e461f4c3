from flows.models import Step
from flows.run_once import OnceCommand


class Command(OnceCommand):
    help = "Gives steps without a label one."
    migration_name = "2024_11_labels"

    def perform_migration(self, dry_run: bool = False) -> int:
        return Step.objects.filter(label="").update(label="step")
