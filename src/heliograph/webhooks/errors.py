"""What can go wrong with webhooks."""

from heliograph.core.errors import Conflict, Invalid, NotFound


class EndpointInvalid(Invalid):
    code = "webhook_invalid"


class EndpointNotFound(NotFound):
    code = "webhook_not_found"


class DeliveryNotFound(NotFound):
    code = "webhook_delivery_not_found"


class EndpointDisabled(Conflict):
    code = "webhook_disabled"
