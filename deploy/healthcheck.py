"""Exit status 0 where the Heliograph of this machine is ready, else 1: for containers, which have no curl.

`/health` is on the origin of the pages alone, so it is asked for under that name.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit

port = int(os.environ.get("HELIOGRAPH_PORT") or 8000)
pages = urlsplit(os.environ.get("HELIOGRAPH_URL") or f"http://localhost:{port}").netloc
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
try:
    connection.request("GET", "/health", headers={"Host": pages})
    sys.exit(0 if connection.getresponse().status == 200 else 1)
except (OSError, http.client.HTTPException):
    sys.exit(1)
