"""Exit 0 when the service in this container is ready: the image's HEALTHCHECK."""
# ruff: noqa: INP001 - a script, copied alone into the image

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException


def ready(port: int) -> bool:
    """Ask the service on this machine; False where it does not answer with 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(not ready(int(os.environ.get("ATLAS_PORT", "8000"))))
