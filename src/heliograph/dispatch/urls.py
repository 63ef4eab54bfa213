"""Every page of this part, on the app's origin."""

from django.urls import include, path

FOLDERS = (
    "branding",
    "completion_receipts",
    "deployments",
    "hosted",
    "licenses",
    "postbacks",
    "releases",
    "results",
    "share_links",
)

urlpatterns = [
    path("", include("heliograph.dispatch.new_dispatch")),
    path("", include("heliograph.dispatch.pages")),
    path("", include("heliograph.dispatch.destination_pages")),
    path("", include("heliograph.dispatch.course_pages")),
    *(path("", include(f"heliograph.dispatch.{folder}.pages")) for folder in FOLDERS),
    path("", include("heliograph.dispatch.licenses.list_page")),
    path("", include("heliograph.dispatch.share_links.public_pages")),
]
