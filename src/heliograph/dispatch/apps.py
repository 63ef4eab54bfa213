from django.apps import AppConfig


class Dispatch(AppConfig):
    name = "heliograph.dispatch"

    def ready(self) -> None:
        from heliograph.courses.actions import PUBLISHED
        from heliograph.dispatch.actions import exit_of_dispatch, refuse_closed_dispatch
        from heliograph.dispatch.canaries import chosen_version, everybodys
        from heliograph.dispatch.deployments import link_launch
        from heliograph.dispatch.embedded import achieved, forget
        from heliograph.dispatch.narrating import keeps_records
        from heliograph.dispatch.postbacks import take_note
        from heliograph.runtime.actions import BEGUN_ANEW, DOORKEEPERS, EXITS, ONLOOKERS, OPENED, VERSION_CHOOSERS
        from heliograph.runtime.corrections import ACHIEVED_ELSEWHERE
        from heliograph.runtime.narrating.following import KEPT

        DOORKEEPERS.append(refuse_closed_dispatch)
        EXITS.append(exit_of_dispatch)
        VERSION_CHOOSERS.append(chosen_version)
        PUBLISHED.append(everybodys)
        OPENED.append(link_launch)
        ONLOOKERS.append(take_note)
        BEGUN_ANEW.append(forget)
        ACHIEVED_ELSEWHERE.append(achieved)
        KEPT.append(keeps_records)
