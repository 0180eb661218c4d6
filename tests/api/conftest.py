"""For the tests of the API: the service around a model of NumPy, without TensorFlow."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.server.graceful_shutdown import Server
from app.server.run import configure
from app.settings import Settings
from tests.api.linear_engine import LinearEngine, Loader, publish
from tests.service_process import wait_until

Serve = Callable[..., TestClient]
DEFAULTS = {"reload_seconds": 0.05, "engine_threads": 1}


@pytest.fixture
def loader() -> Loader:
    """Return what loads the engines, and knows them."""
    return Loader()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a store that holds `linear@1`."""
    publish(tmp_path / "store")
    return tmp_path / "store"


@contextmanager
def serving(store: Path, loader: Loader, **changes: Any) -> Iterator[TestClient]:
    """Run a service with some settings changed; it is ready when its client is given."""
    app = create_app(Settings(**{**DEFAULTS, "store": store, **changes}), [loader])
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until(lambda: bool(app.state.service.registry.served) or not any(store.glob("*/*")))
        yield client


@pytest.fixture
def serve(store: Path, loader: Loader) -> Iterator[Serve]:
    """Return what starts a service with some settings changed; it is ready when it is returned."""
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(serving(store, loader, **changes))


@pytest.fixture
def client(serve: Serve) -> TestClient:
    """Return a client of a service with the default settings."""
    return serve()


@pytest.fixture
def engine(client: TestClient, loader: Loader) -> LinearEngine:  # noqa: ARG001
    """Return the engine behind `client`, its warm-up forgotten."""
    [found] = loader.engines
    found.batches.clear()
    return found


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Return `wait_until`."""
    return wait_until


@pytest.fixture
def serve_live(store: Path, loader: Loader) -> Iterator[Callable[..., Any]]:
    """Return what starts a service behind a real socket: its `port`, `url`, `app`, `server`."""
    with ExitStack() as stack:

        def start(**changes: Any) -> Any:
            settings = Settings(**{**DEFAULTS, "store": store, **changes})
            app = create_app(settings, [loader])
            server = Server(configure(settings, app, port=0), app)
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            stack.callback(thread.join, 20)
            stack.callback(setattr, server, "should_exit", True)
            wait_until(lambda: server.started and app.state.service.registry.settled)
            port = server.servers[0].sockets[0].getsockname()[1]
            url = f"http://127.0.0.1:{port}"
            return SimpleNamespace(url=url, port=port, app=app, server=server)

        yield start


@pytest.fixture
def live(serve_live: Callable[..., Any]) -> Any:
    """Return a service behind a real socket, with the default settings."""
    return serve_live()
