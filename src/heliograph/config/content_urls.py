"""Every address of the content origin."""

from django.urls import path

from heliograph.config import content_static
from heliograph.courses import content
from heliograph.dispatch import au_doors, stub_doors
from heliograph.runtime import play
from heliograph.runtime.cmi5 import doors

urlpatterns = [
    path("c/<str:token>/<path:path>", content.serve),
    path("play/<str:token>/", play.page),
    path("play/<str:token>/open", play.open_),
    path("play/<str:token>/commit", play.commit),
    path("play/<str:token>/replay", play.replay),
    path("play/<str:token>/progress", play.progress),
    path("cmi5/<str:token>/fetch", doors.fetch),
    path("d/<str:stub_key>/launch", stub_doors.launch),
    path("d/<str:stub_key>/receipts", stub_doors.receipts),
    path("d/<str:stub_key>/events", stub_doors.events),
    path("d/<str:stub_key>/cmi5/", au_doors.page),
    path("d/<str:stub_key>/cmi5/<str:name>", au_doors.file),
    path("static/<path:path>", content_static.serve),
]
