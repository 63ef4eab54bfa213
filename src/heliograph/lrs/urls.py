"""Every page of this part, on the app's origin."""

from django.urls import include, path

urlpatterns = [
    path("", include("heliograph.lrs.pipes.pages")),
    path("", include("heliograph.lrs.people.pages")),
    path("", include("heliograph.lrs.credentials.pages")),
    path(
        "", include("heliograph.lrs.browser.pages")
    ),  # last: any other word below records/ names a statement
]
