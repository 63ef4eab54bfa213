"""What can go wrong with reports under WIOA."""

from heliograph.core.errors import Conflict, NotFound


class ParticipationNotFound(NotFound):
    code = "participation_not_found"


class ParticipationOpen(Conflict):
    code = "participation_open"


class ParticipationEnded(Conflict):
    code = "participation_ended"


class WioaOff(Conflict):
    code = "wioa_off"


class WioaRowNotFound(NotFound):
    code = "wioa_row_not_found"


class BoardNotFound(NotFound):
    code = "board_not_found"


class LayoutNotFound(NotFound):
    code = "layout_not_found"


class ReportNotFound(NotFound):
    code = "report_not_found"


class ReportNotReady(Conflict):
    code = "report_not_ready"
