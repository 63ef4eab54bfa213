"""The tabs of WIOA reporting."""

from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy
from heliograph.ui.tabs import Tab, Tabs

PARTICIPATIONS = Tab(gettext_lazy("Participations"), "wioa", Permission.WIOA_VIEW)
PROGRAMS = Tab(gettext_lazy("Codes of programs"), "wioa_programs", Permission.WIOA_VIEW)
SETTINGS = Tab(gettext_lazy("Settings"), "wioa_settings", Permission.WIOA_VIEW)
TABS = Tabs(PARTICIPATIONS, PROGRAMS, SETTINGS)
