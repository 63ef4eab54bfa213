"""The WSGI application that the web processes serve."""

import os

from django.core.wsgi import get_wsgi_application

from heliograph.config.supervisor import end_with_web_server

end_with_web_server()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heliograph.config.settings")
application = get_wsgi_application()
