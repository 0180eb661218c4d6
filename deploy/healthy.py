"""Exit 0 when the service in this container is ready: the image's HEALTHCHECK."""
# ruff: noqa: INP001 - a script, copied alone into the image

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException


def ready(host: str, port: int) -> bool:
    """Ask the service where it listens; False where it does not answer with 200."""
    everywhere = host in {"", "0.0.0.0", "::"}  # noqa: S104
    connection = HTTPConnection("127.0.0.1" if everywhere else host, port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False


if __name__ == "__main__":
    host, port = os.environ.get("ATLAS_HOST", ""), os.environ.get("ATLAS_PORT") or "8000"
    sys.exit(not ready(host, int(port)))
