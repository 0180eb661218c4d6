"""Ask the service on this machine, over eight kept connections, until it asks to close them.

Prints what came back, counted: a status, or how a request failed.
"""

import collections
import http.client
import json
import threading

PATH = "/v1/models/mnist-z2/latent-grid?rows=12&columns=12"
CLIENTS = 8
outcomes: collections.Counter[str] = collections.Counter()
first = threading.Event()


def client() -> None:
    """Ask for one grid after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=60)
    closing = False
    while not closing:
        try:
            connection.request("GET", PATH)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            outcomes[repr(error)] += 1
            return
        outcomes[str(answer.status)] += 1
        closing = answer.will_close
        first.set()


threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
for thread in threads:
    thread.start()
first.wait(60)
print("answering", flush=True)  # noqa: T201 - read by the test
for thread in threads:
    thread.join()
print(json.dumps(outcomes))  # noqa: T201
