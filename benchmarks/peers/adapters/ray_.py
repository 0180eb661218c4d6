"""Ray Serve with its fast flags (HAProxy in front, throughput optimised), one replica, batches."""

import os
import signal
from typing import Any

import ray
from fastapi import FastAPI, Request, Response
from ray import serve

BATCH, WAIT_S = int(os.environ.get("PEER_BATCH", "32")), float(os.environ.get("PEER_WAIT", "1"))
PORT = int(os.environ["PEER_PORT"])
app = FastAPI()


@serve.deployment(max_ongoing_requests=256)
@serve.ingress(app)
class Model:
    """The replica."""

    def __init__(self) -> None:
        from benchmarks.peers.adapters import common  # noqa: PLC0415 - in the replica alone

        self.common, self.signatures = common, common.load()

    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=WAIT_S / 1000)
    async def batch(self, items: list[Any]) -> list[Any]:
        """Compute a batch."""
        return self.common.compute(self.signatures, items)

    @app.post("/predict")
    async def predict(self, request: Request) -> Response:
        """Answer with a PNG."""
        try:
            item = self.common.read(await request.body())
        except (ValueError, KeyError, TypeError, OSError) as error:
            return Response(str(error), 422)
        return Response(self.common.write(await self.batch(item)), media_type="image/png")


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, logging_level="error", log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": PORT})
    serve.run(Model.bind())  # type: ignore[attr-defined]  # Ray is untyped
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    serve.shutdown()
    ray.shutdown()
