from django.apps import AppConfig

from heliograph.core.translation import gettext_lazy


class Dispatch(AppConfig):
    name = "heliograph.dispatch"

    def ready(self) -> None:
        from heliograph.accounts import hooks as accounts
        from heliograph.core.permissions import Permission
        from heliograph.courses import frame as course_frame
        from heliograph.courses import hooks as courses
        from heliograph.delivery import sending
        from heliograph.dispatch import (
            admission,
            annotations,
            consequences,
            course_pages,
            home,
            limits_of_roles,
            queries,
            search,
            webhook_events,
        )
        from heliograph.dispatch.branding import learner_brand
        from heliograph.dispatch.deployments import actions as deployments
        from heliograph.dispatch.embedded import actions as embedded
        from heliograph.dispatch.embedded import statements
        from heliograph.dispatch.postbacks import actions as postbacks
        from heliograph.dispatch.releases import actions as releases
        from heliograph.dispatch.releases import pages as rollout
        from heliograph.dispatch.results import pages as results
        from heliograph.runtime import frame as registration_frame
        from heliograph.runtime import hooks as runtime
        from heliograph.ui.annotations import register_annotations
        from heliograph.ui.home import register_attention, register_steps
        from heliograph.ui.navigation import NavigationLink, register
        from heliograph.ui.search import register_finder
        from heliograph.webhooks import hooks as webhooks

        register_attention(home.attention, Permission.DISPATCHES_VIEW)
        register_steps(*home.STEPS)
        register_finder(search.find, Permission.DISPATCHES_VIEW)
        limits_of_roles.register()
        accounts.scope_names.connect(limits_of_roles.scope_names)
        register_annotations(
            annotations.published_versions, annotations.changed_licenses, annotations.enabled_dispatches
        )

        course_frame.TABS.add(course_pages.DISPATCHES, after=course_frame.REPORT)
        course_frame.TABS.add(rollout.ROLLOUT, after=course_pages.DISPATCHES)
        registration_frame.TABS.add(results.OF_REGISTRATION, after=registration_frame.LOG)
        courses.course_usage.connect(queries.dispatches_by_course)
        courses.course_consequences.connect(consequences.of_deleting_course)
        courses.version_published.connect(releases.end_early_releases)
        runtime.before_launch.connect(admission.refuse_closed_dispatch)
        runtime.exit_url.connect(admission.exit_of_dispatch)
        runtime.learner_brand.connect(learner_brand.of_registration)
        runtime.choose_version.connect(releases.chosen_version)
        runtime.registration_filter.connect(queries.registration_filter)
        runtime.launch_opened.connect(deployments.link_launch)
        runtime.registration_changed.connect(postbacks.take_note)
        runtime.attempt_reset.connect(embedded.forget)
        runtime.external_outcome.connect(embedded.achieved)
        runtime.recording_enabled.connect(statements.keeps_records)
        runtime.registration_context.connect(webhook_events.context_of)
        runtime.reported_since.connect(webhook_events.reported_since)
        webhooks.filter_object.connect(webhook_events.filter_object)
        webhooks.filter_options.connect(webhook_events.filter_options)
        sending.register(postbacks.CHANNEL)
        register(
            NavigationLink(
                "deliver",
                20,
                gettext_lazy("Customers"),
                "destinations",
                "/admin/destinations",
                "building-2",
                Permission.DISPATCHES_VIEW,
                help="course-owners#customers-and-their-lmss",
            ),
            NavigationLink(
                "deliver",
                30,
                gettext_lazy("Dispatches"),
                "dispatches",
                "/admin/dispatch",
                "send",
                Permission.DISPATCHES_VIEW,
                help="course-owners#settings-of-a-dispatch",
            ),
            NavigationLink(
                "deliver",
                40,
                gettext_lazy("Licenses"),
                "licenses",
                "/admin/licenses",
                "ticket",
                Permission.DISPATCHES_VIEW,
                help="course-owners#licenses",
            ),
        )
