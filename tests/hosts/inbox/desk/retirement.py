# host: what the engine asks
from model_retirement.platform import Platform as BasePlatform


class Platform(BasePlatform):
    def deliver(self, *, message, notices, recipients, using):
        from people.inbox import tell_managers

        from model_retirement.notices.compose import words_of

        subject, text, _ = words_of(message=message, notices=notices, using=using)
        return tell_managers(message.team_id, key=message.message_id, subject=subject, text=text, using=using)
