"""Mosec: a Rust front, bytes in and out, one worker that batches."""

import os
import sys
from typing import Any

from mosec import Server, ValidationError, Worker

PORT = os.environ["PEER_PORT"]
BATCH, WAIT_MS = int(os.environ.get("PEER_BATCH", "32")), int(os.environ.get("PEER_WAIT", "1"))
WORKERS = int(os.environ.get("PEER_WORKERS", "1"))


class Model(Worker):
    """The model in a process of its own."""

    resp_mime_type = "image/png"

    def __init__(self) -> None:
        super().__init__()
        from benchmarks.peers.adapters import common  # noqa: PLC0415 - not in the front's process

        self.common, self.signatures = common, common.load()

    def deserialize(self, data: bytes) -> Any:
        """Validate a body."""
        try:
            return self.common.read(data)
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise ValidationError(str(error)) from error

    def forward(self, data: list[Any]) -> list[Any]:
        """Compute a batch."""
        return self.common.compute(self.signatures, data)

    def serialize(self, data: Any) -> bytes:
        """Write the PNG."""
        return self.common.write(data)


if __name__ == "__main__":
    sys.argv += ["--port", PORT, "--log-level", "error", "--timeout", "30000"]
    server = Server()
    server.append_worker(
        Model, num=WORKERS, max_batch_size=BATCH, max_wait_time=WAIT_MS, route="/predict"
    )
    server.run()
