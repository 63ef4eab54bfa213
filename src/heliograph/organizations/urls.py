"""The pages of the back office."""

from django.urls import include, path

urlpatterns = [
    path("", include(f"heliograph.organizations.{module}"))
    for module in (
        "assignments.pages",
        "assignments.course_choice",
        "assignments.learner_pages",
        "overview",
        "many_users",
        "users",
        "roles",
        "limits",
        "user_imports",
        "groups",
        "merging",
        "person",
        "courses",
        "analytics",
        "settings",
        "audit_log",
    )
]
