"""The pages of the marketplace: the public's, students', program holders', and the operator's."""

from django.urls import include, path

urlpatterns = [
    path("", include(f"heliograph.marketplace.{module}"))
    for module in (
        "catalog.pages",
        "applications.pages",
        "credentials.pages",
        "credentials.issuer_pages",
        "credentials.template_pages",
        "students.pages",
        "holder_portal.pages",
        "holders.pages",
        "mail_templates.pages",
        "programs.pages",
        "completion_lists.pages",
        "enrollments.pages",
        "completion.pages",
        "payments.webhook",
        "partners.pages",
        "partners.holder_pages",
        "partners.student_pages",
        "partners.webhook_door",
        "wioa.pages",
        "wioa.report_pages",
    )
]
