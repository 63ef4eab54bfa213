"""Which language a page is in: the one that was chosen in this browser, else the first that the browser
accepts and that there is, else English. Programs are answered in English, whatever they accept.
"""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from heliograph.config.api_answers import ROOT as API

FOR_PROGRAMS = (API, "/static/", "/health", "/metrics")


class PageLanguageMiddleware(LocaleMiddleware):
    """Activates the language for the request alone, and says in the answer which it is."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with translation.override("en"):  # what follows in this thread does not inherit the reader's language
            if request.path_info.startswith(FOR_PROGRAMS):
                return self.get_response(request)  # type: ignore[return-value]
            return super().__call__(request)  # type: ignore[return-value]
