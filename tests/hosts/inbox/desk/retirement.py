# host: what the engine asks
from model_retirement.platform import Platform as BasePlatform


class Platform(BasePlatform):
    def deliver(self, *, message, notices, recipients, using):
        from people.inbox import tell_managers

        text = "\n".join(f"{notice.provider}/{notice.name} is now {notice.replacement}" for notice in notices)
        return tell_managers(message.team_id, key=message.message_id, subject="LLM models", text=text, using=using)
