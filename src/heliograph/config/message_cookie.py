"""Where the sentence of one page waits for the next: in a cookie that is named as our others are, because
strangers get such sentences too and nothing of theirs is stored; what is too long for it, in the session.
"""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class MessageCookie(CookieStorage):
    cookie_name = f"{settings.SESSION_COOKIE_NAME}_messages"


class Messages(FallbackStorage):
    storage_classes = (MessageCookie, SessionStorage)
