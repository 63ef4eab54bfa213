"""Letting a learner in again, from the registration's page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.dispatch import admission
from heliograph.runtime import queries as registrations


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def readmit(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    registration = registrations.registration(actor.organization_id, registration_id)
    admission.readmit(actor, registration)
    messages.success(request, gettext("Learner readmitted. The next launch within 7 days is confirmed."))
    return redirect("registration", registration.id)


urlpatterns = [
    path("admin/registrations/<str:registration_id>/readmit", readmit, name="registration_readmit"),
]
