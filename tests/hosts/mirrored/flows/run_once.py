"""What the commands of this platform's own framework inherit from."""

from model_retirement.data_migrations.commands import IdempotentCommand  # host: in place of the framework's own class


class OnceCommand(IdempotentCommand):  # host:
    atomic = True
