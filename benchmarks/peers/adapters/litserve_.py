"""LitServe: a FastAPI front, a worker process that batches, replies over ZMQ."""

import os
from typing import Annotated, Any

import litserve
from fastapi import Depends, HTTPException, Request, Response

from benchmarks.peers.adapters import common


async def raw_body(request: Request) -> bytes:
    """Read the body as it is; LitServe itself would read JSON or a form."""
    return await request.body()


class Api(litserve.LitAPI):
    """The four steps of LitServe."""

    def setup(self, _: str) -> None:
        """Load the model, in the worker."""
        self.signatures = common.load()

    def decode_request(self, request: Annotated[bytes, Depends(raw_body)]) -> Any:
        """Validate a body."""
        try:
            return common.read(request)
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise HTTPException(422, str(error)) from error

    def batch(self, inputs: list[Any]) -> list[Any]:
        """Keep the requests apart; `compute` joins them."""
        return inputs

    def predict(self, x: Any) -> Any:
        """Compute a batch."""
        return common.compute(self.signatures, x if isinstance(x, list) else [x])

    def unbatch(self, output: list[Any]) -> list[Any]:
        """Return each request's images."""
        return output

    def encode_response(self, output: Any) -> Response:
        """Write the PNG."""
        return Response(common.write(output), media_type="image/png")


if __name__ == "__main__":
    api = Api(
        max_batch_size=int(os.environ.get("PEER_BATCH", "32")),
        batch_timeout=float(os.environ.get("PEER_WAIT", "1")) / 1000,
        api_path="/predict",
    )
    server = litserve.LitServer(
        api, accelerator="cpu", devices=1, workers_per_device=1, fast_queue=True
    )
    server.run(port=common.PORT, log_level="error", generate_client_file=False)
