"""What went wrong, and what was tried: results that customers' LMSs did not keep, and messages that a
receiver did not take. All of it by the product's own actions.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.delivery import mail, sending
from heliograph.delivery.models import Delivery, Mail
from heliograph.delivery.sending import SendResult
from heliograph.demo.history import customer_lms
from heliograph.dispatch.models import Dispatch, Postback
from heliograph.dispatch.postbacks import actions as postbacks

# Whose result differs, and how: the course, the customer, the LMS's fault, and how many days ago.
MISMATCHES: Final = (
    ("lifting", "atlas", customer_lms.mastery_of_its_own, 16.2),
    ("driving", "brandt", customer_lms.mastery_of_its_own, 11.3),
    ("phishing", "sunda", customer_lms.decides_itself, 9.1),
    ("fire", "okafor", customer_lms.decides_itself, 6.4),
    ("phishing", "bluefin", customer_lms.signed_out, 4.2),
    ("privacy", "meridian", customer_lms.cannot_save, 2.3),
)
TAKEN: Final = SendResult(True, "", 200)
MAIL_TAKEN: Final = SendResult(True, "", 250, columns={"text": ""})
DOWN: Final = SendResult(False, "Service Unavailable", 503)


def deliver(dispatch: Dispatch, answer: SendResult) -> None:
    """Send what is due of a dispatch's postbacks, to a receiver that answers so: nobody is asked over the
    network, because the receiver of a demo does not exist.
    """
    replace(postbacks.CHANNEL, send=lambda _: answer).send_due(dispatch.id)


def deliver_mail() -> None:
    """Send what waits of the organization's mail, each when it was written."""
    channel = replace(mail.CHANNEL, send=lambda _: MAIL_TAKEN)
    for written in Mail.objects.filter(state=Delivery.State.WAITING).values_list("created_at").order_by("id"):
        with clock.at(written[0] + timedelta(seconds=2)):
            channel.send_due()


def fail(dispatch: Dispatch, since: datetime) -> list[Postback]:
    """A receiver is down from ``since`` on until what waits for it is given up; which messages that is."""
    log = logging.getLogger(sending.__name__)
    level = log.level
    log.setLevel(logging.ERROR)  # nobody who starts the demo has to know that these were given up
    for hours in (0, 0.01, 0.1, 1, 6, 24, 49):
        with clock.at(since + timedelta(hours=hours)):
            deliver(dispatch, DOWN)
    log.setLevel(level)
    given_up = Postback.objects.filter(dispatch=dispatch, state=Delivery.State.GIVEN_UP)
    return list(given_up.select_related("dispatch").order_by("id"))


def replay(actor: Actor, messages: list[Postback], at: datetime) -> None:
    """A manager sends messages again, and this time they are taken."""
    for message in messages:
        with clock.at(at):
            postbacks.replay(actor, message)
            deliver(message.dispatch, TAKEN)
