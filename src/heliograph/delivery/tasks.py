"""Background work of the delivery part: every channel's messages are sent, and deleted when they are old."""

from procrastinate.contrib.django import app as jobs

from heliograph.core.background.chores import often
from heliograph.delivery import mail
from heliograph.delivery.sending import CHANNELS


@often("delivery.enqueue_due", seconds=10)
def enqueue_due() -> None:
    """Try again what is due, and what a worker that died had begun to send."""
    for channel in CHANNELS.values():
        for shard in channel.due_shards():
            channel.enqueue(shard)


@jobs.task(name="delivery.send")
def send(channel: str, shard: str) -> None:
    """Send what is due of one shard of a channel; safe to repeat."""
    CHANNELS[channel].send_due(shard)


@jobs.periodic(cron="43 3 * * *")
@jobs.task(name="delivery.forget", queueing_lock="forget deliveries")
def forget(timestamp: int) -> None:
    """Delete old messages."""
    for channel in CHANNELS.values():
        channel.forget_old()
    mail.forget_personal()
