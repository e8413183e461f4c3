# host: what the engine asks
from model_retirement.platform import Platform as BasePlatform


class Platform(BasePlatform):
    def recipients(self, *, team_ids, using):
        from flows.models import Membership

        may_change = {
            "groups__permissions__codename": "change_flow",
            "groups__permissions__content_type__app_label": "flows",
        }
        members = Membership.objects.using(using).filter(user__is_active=True, **may_change).distinct()
        return (members if team_ids is None else members.filter(team__in=team_ids)).values_list(
            "team_id", "user__email"
        )
