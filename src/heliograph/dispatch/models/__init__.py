"""The rows of dispatch: who gets which course under which license, where it is seen, and what came back."""

from heliograph.dispatch.models.branding import Logo
from heliograph.dispatch.models.deployments import Deployment, Session, SessionEvent, ShareLink
from heliograph.dispatch.models.dispatches import (
    Canary,
    Destination,
    Dispatch,
    FormerKey,
    LateAdmission,
    Readmission,
)
from heliograph.dispatch.models.embedded import EmbeddedProgress
from heliograph.dispatch.models.licenses import Admission, License, LicenseLearner, Seat
from heliograph.dispatch.models.postbacks import Postback, PostbackState, SigningKey
from heliograph.dispatch.models.relay import LmsResult, RelayReceipt

__all__ = [
    "Admission",
    "Canary",
    "Deployment",
    "Destination",
    "Dispatch",
    "EmbeddedProgress",
    "FormerKey",
    "LateAdmission",
    "License",
    "LicenseLearner",
    "LmsResult",
    "Logo",
    "Postback",
    "PostbackState",
    "Readmission",
    "RelayReceipt",
    "Seat",
    "Session",
    "SessionEvent",
    "ShareLink",
    "SigningKey",
]
