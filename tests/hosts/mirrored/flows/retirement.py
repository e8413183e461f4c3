# host: what the engine asks
from model_retirement.platform import Platform as BasePlatform


class Platform(BasePlatform):
    def recipients(self, *, team_ids, using):
        from flows.models import Membership

        members = Membership.objects.using(using).filter(user__is_active=True).distinct()
        builders = members.filter(groups__permissions__codename="change_flow")
        return (builders if team_ids is None else builders.filter(team__in=team_ids)).values_list(
            "team_id", "user__email"
        )
