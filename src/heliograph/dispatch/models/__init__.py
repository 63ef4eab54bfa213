"""The rows of dispatch: who gets which course under which licence, where it is seen, and what came back."""

from heliograph.dispatch.models.branding import Logo
from heliograph.dispatch.models.deployments import Deployment, GuestLink, Session, SessionEvent
from heliograph.dispatch.models.dispatches import Canary, Destination, Dispatch, FormerKey, LateAdmission, Readmission
from heliograph.dispatch.models.embedded import EmbeddedProgress
from heliograph.dispatch.models.licences import Admission, Licence, LicenceLearner, Seat
from heliograph.dispatch.models.outgoing import Postback, SigningKey, Told
from heliograph.dispatch.models.relay import LmsResult, RelayReceipt
from heliograph.dispatch.models.rollups import Day

__all__ = [
    "Admission",
    "Canary",
    "Day",
    "Deployment",
    "Destination",
    "Dispatch",
    "EmbeddedProgress",
    "FormerKey",
    "GuestLink",
    "LateAdmission",
    "Licence",
    "LicenceLearner",
    "LmsResult",
    "Logo",
    "Postback",
    "Readmission",
    "RelayReceipt",
    "Seat",
    "Session",
    "SessionEvent",
    "SigningKey",
    "Told",
]
