"""The tabs of WIOA reporting."""

from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy
from heliograph.ui.tabs import Tab, Tabs

PARTICIPATIONS = Tab(gettext_lazy("Participations"), "wioa", Permission.WIOA_VIEW)
PROGRAMS = Tab(gettext_lazy("Codes of programs"), "wioa_programs", Permission.WIOA_VIEW)
REPORTS = Tab(gettext_lazy("Reports"), "wioa_reports", Permission.WIOA_VIEW)
LAYOUTS = Tab(gettext_lazy("Layouts"), "wioa_layouts", Permission.WIOA_VIEW)
SETTINGS = Tab(gettext_lazy("Settings"), "wioa_settings", Permission.WIOA_VIEW)
TABS = Tabs(PARTICIPATIONS, REPORTS, LAYOUTS, PROGRAMS, SETTINGS)
