"""An S3 to test with: moto's server on 127.0.0.1, in a thread, which can be stopped and started."""

from typing import Any

import boto3
from moto.moto_server.threaded_moto_server import ThreadedMotoServer


class S3:
    """The server; what was put into it outlives a stop."""

    def __init__(self) -> None:
        self.port = 0
        self._server: Any = None
        self.start()
        self.client = boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, on the port of before if there was one."""
        self._server = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)
        self._server.start()
        self.port = self._server.get_host_and_port()[1]

    def stop(self) -> None:
        """Refuse connections from now on."""
        self._server.stop()
        self._server._server.server_close()


class Bucket:
    """A bucket of the server, and the URL of a store in it."""

    def __init__(self, s3: S3, name: str) -> None:
        self.s3 = s3
        self.name = name
        self.url = f"s3://{name}/models"
        s3.client.create_bucket(Bucket=name)

    def listed(self) -> list[str]:
        """List what is in the store."""
        found = self.s3.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return [entry["Key"].removeprefix("models/") for entry in found]

    def get(self, key: str) -> bytes:
        """Read an object of the store."""
        answer = self.s3.client.get_object(Bucket=self.name, Key=f"models/{key}")
        return bytes(answer["Body"].read())

    def put(self, key: str, content: bytes) -> None:
        """Write an object of the store."""
        self.s3.client.put_object(Bucket=self.name, Key=f"models/{key}", Body=content)

    def delete(self, key: str) -> None:
        """Remove an object of the store."""
        self.s3.client.delete_object(Bucket=self.name, Key=f"models/{key}")
