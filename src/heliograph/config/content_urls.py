"""Every address of the content origin."""

from django.urls import path

from heliograph.config import content_static, own_origin
from heliograph.courses import content
from heliograph.dispatch import au_doors, stub_doors
from heliograph.runtime import play
from heliograph.runtime.cmi5 import doors

urlpatterns = [
    path("c/<str:token>/<path:path>", own_origin.only(own_origin.of_file, content.serve)),
    path("play/<str:token>/", own_origin.only(own_origin.of_session, play.page)),
    path("play/<str:token>/open", own_origin.only(own_origin.of_session, play.open_)),
    path("play/<str:token>/commit", own_origin.only(own_origin.of_launch, play.commit)),
    path("play/<str:token>/replay", own_origin.only(own_origin.of_session, play.replay)),
    path("play/<str:token>/progress", own_origin.only(own_origin.of_launch, play.progress)),
    path("cmi5/<str:token>/fetch", doors.fetch),
    path("d/<str:stub_key>/launch", stub_doors.launch),
    path("d/<str:stub_key>/receipts", stub_doors.receipts),
    path("d/<str:stub_key>/events", stub_doors.events),
    path("d/<str:stub_key>/cmi5/", own_origin.only(own_origin.of_stub, au_doors.page)),
    path("d/<str:stub_key>/cmi5/<str:name>", own_origin.only(own_origin.of_stub, au_doors.file)),
    path("static/<path:path>", content_static.serve),
]
