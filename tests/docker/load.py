"""Ask the service on this machine, from eight threads, until it stops; print what came back."""

import collections
import json
import threading
import urllib.error
import urllib.request

URL = "http://127.0.0.1:8000/v1/models/mnist-z2/latent-grid?rows=12&columns=12"
CLIENTS = 8
outcomes: collections.Counter[str] = collections.Counter()
first = threading.Event()


def outcome() -> str:
    """Ask once: a status, or how it failed."""
    try:
        with urllib.request.urlopen(URL, timeout=60) as answer:
            return str(answer.status) if answer.read() else "empty"
    except urllib.error.HTTPError as error:
        return str(error.code)
    except OSError as error:
        reason = getattr(error, "reason", error)
        return "refused" if isinstance(reason, ConnectionRefusedError) else repr(reason)


def client() -> None:
    """Ask until something other than a 200 comes back."""
    last = "200"
    while last == "200":
        last = outcome()
        outcomes[last] += 1
        first.set()


threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
for thread in threads:
    thread.start()
first.wait()
print("answering", flush=True)  # noqa: T201 - read by the test
for thread in threads:
    thread.join()
print(json.dumps(outcomes))  # noqa: T201
