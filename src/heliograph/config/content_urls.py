"""Every address of the content origin."""

from django.urls import path

from heliograph.config import content_static, own_origin
from heliograph.courses.serving import content
from heliograph.dispatch.embedded import views as embedded_views
from heliograph.dispatch.hosted import cmi5_views as au_views
from heliograph.dispatch.hosted import views as hosted_views
from heliograph.marketplace.completion import downloads
from heliograph.runtime import views as play
from heliograph.runtime.cmi5 import views as cmi5_views

urlpatterns = [
    path("c/<str:token>/<path:path>", own_origin.only(own_origin.of_file, content.serve)),
    path("play/returned", play.returned),
    path("play/<str:token>/", own_origin.only(own_origin.of_session, play.page)),
    path("play/<str:token>/open", own_origin.only(own_origin.of_session, play.open_)),
    path("play/<str:token>/commit", own_origin.only(own_origin.of_launch, play.commit)),
    path("play/<str:token>/replay", own_origin.only(own_origin.of_session, play.replay)),
    path("play/<str:token>/progress", own_origin.only(own_origin.of_launch, play.progress)),
    path("cmi5/<str:token>/fetch", cmi5_views.fetch),
    path("d/<str:stub_key>/launch", hosted_views.launch),
    path("d/<str:stub_key>/receipts", hosted_views.receipts),
    path("d/<str:stub_key>/events", embedded_views.events),
    path("d/<str:stub_key>/cmi5/", own_origin.only(own_origin.of_stub, au_views.page)),
    path("d/<str:stub_key>/cmi5/<str:name>", own_origin.only(own_origin.of_stub, au_views.file)),
    path("proof/<str:token>", downloads.download),
    path("static/<path:path>", content_static.serve),
]
