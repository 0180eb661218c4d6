"""Several worker processes behind one port: `ATLAS_WORKERS`."""

import asyncio
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest

from app.workers import supervisor
from app.workers.peers import Peers
from models.store import ModelId, Store
from tests.service_process import ROOT, ServiceProcess, free_port, wait_until

WORKERS, CLIENTS = 2, 8
LIST, DECODE = "/v1/models", "/v1/decode?z=0.1,0.2"


class Workers(ServiceProcess):
    """A service of several workers, each of which serves when it is entered."""

    def __enter__(self) -> Self:
        ignored = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # where tests run under nohup
        try:
            self.start()
        finally:
            signal.signal(signal.SIGHUP, ignored)
        wait_until(lambda: bool(self.pids()))
        return self

    def pids(self) -> set[int]:
        """Return the workers if all are there and serve, else nothing."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        with contextlib.suppress(OSError):  # asked one that is killed
            told = self.get("/metrics").decode().count("process_start_time_seconds{")
            return {*map(int, children.split())} if told == WORKERS else set()
        return set()

    def ask(self, path: str) -> tuple[int, str]:
        """Ask on a new connection, which any worker may get: the status, and who answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("x-model-version", "")

    def ask_all(self, path: str) -> Counter[tuple[int, str]]:
        """Ask so often that each worker has certainly answered."""
        return Counter(self.ask(path) for _ in range(40))


class Load:
    """Clients that decode, each request on a connection of its own, until they are stopped."""

    def __init__(self, service: Workers) -> None:
        """Take whom they ask."""
        self.outcomes: Counter[str] = Counter()
        self._service = service
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(CLIENTS)

    def __enter__(self) -> Self:
        for _ in range(CLIENTS):
            self._pool.submit(self._ask)
        wait_until(lambda: self.outcomes["200"] >= CLIENTS)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._pool.shutdown()

    def _ask(self) -> None:
        while not self._stopping.is_set():
            try:
                outcome = str(self._service.ask(DECODE)[0])
            except ConnectionRefusedError:
                outcome = "refused"
            except (OSError, http.client.HTTPException):
                outcome = "lost"
            self.outcomes[outcome] += 1


@contextlib.contextmanager
def serving(store: Path) -> Iterator[Workers]:
    """Serve models by several workers."""
    with Workers(store, workers=WORKERS, reload_seconds=0.2, engine="openvino") as found:
        yield found


@pytest.fixture(scope="module", name="store")
def _store(tiny_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store with the tiny model, which tests may change."""
    return Store(shutil.copytree(tiny_store, tmp_path_factory.mktemp("workers") / "store"))


@pytest.fixture(scope="module", name="service")
def _service(store: Store) -> Iterator[Workers]:
    """Serve it; it goes on to."""
    with serving(store.root) as found:
        yield found


@pytest.fixture
def ending(tiny_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """Serve the tiny model until the test ends it; a supervisor that is killed leaves a folder."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serving(tiny_store) as found:
        yield found


@pytest.mark.parametrize(
    ("sent", "most_lost"), [(signal.SIGKILL, 2 * CLIENTS), (signal.SIGTERM, 0)]
)
def test_a_worker_that_ends_is_replaced(
    service: Workers, sent: signal.Signals, most_lost: int
) -> None:
    """If killed it loses what it held, and else nothing; metrics of all count on, from anyone.

    While a process dies, connections are still given to it, so a client may lose two requests.
    """
    before = service.pids()
    answered = 'atlas_requests_total{route="decode_query",status="200"}'
    already = service.metric(answered)
    with Load(service) as load:
        killed = min(before)
        os.kill(killed, sent)
        wait_until(lambda: bool(now := service.pids()) and killed not in now)
        now = load.outcomes["200"]
        wait_until(lambda: load.outcomes["200"] >= now + 10 * CLIENTS)
    assert len(service.pids() & before) == WORKERS - 1
    assert set(load.outcomes) <= {"200", "lost"}
    assert load.outcomes["lost"] <= most_lost
    told = {service.metric(answered) - already for _ in range(20)}
    assert len(told) == 1
    # An answer is counted when it has been sent, which the killed one may have done last.
    assert load.outcomes["200"] - most_lost <= told.pop() <= load.outcomes.total()


def test_all_change_to_a_new_version(service: Workers, store: Store) -> None:
    """Each loads it, none fails a request, and nobody knows the old one once it is withdrawn."""
    old = store.ids()[-1]
    new = ModelId(old.name, old.version + 1)
    loaded = 'atlas_reloads_total{outcome="loaded"}'
    before = service.metric(loaded)
    with Load(service) as load:
        with store.stage(old.name) as stage:
            shutil.copytree(store.folder(old), stage, dirs_exist_ok=True)
            (stage / "manifest.json").unlink()
            store.publish(stage, store.manifest(old))
        shutil.rmtree(store.folder(old))
        wait_until(lambda: service.ask_all(DECODE).keys() == {(200, str(new))})
    assert set(load.outcomes) == {"200"}
    gone = service.ask_all(f"{LIST}/{old}/decode?z=0,0")
    assert {status for status, _ in gone} == {404}
    listings = {service.get(LIST) for _ in range(20)}
    assert len(listings) == 1
    assert json.loads(listings.pop())["models"][0]["versions"] == [new.version]
    assert service.metric(f'atlas_model_ready{{model="{new.name}",version="{new.version}"}}') == 1
    assert service.metric(loaded) == before + WORKERS


@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGHUP])
def test_all_end_well(ending: Workers, signalled: signal.Signals) -> None:
    """Under load nothing is lost, the exit code is 0, and no process is left."""
    pids = ending.pids()
    with Load(ending) as load:
        ending.process.send_signal(signalled)
        assert ending.process.wait(60) == 0
        wait_until(lambda: load.outcomes["refused"] > 0)
    assert set(load.outcomes) == {"200", "refused"}
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_workers_do_not_outlive_their_supervisor(ending: Workers) -> None:
    """If that is killed they end, and the port is free again."""
    pids = ending.pids()
    ending.process.kill()
    ending.process.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    with socket.create_server(("127.0.0.1", ending.port)):
        pass


def test_a_worker_that_hangs_is_replaced(
    tiny_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose event loop stands still is killed; none that is still loading is."""
    monkeypatch.setattr(supervisor, "LOOK_SECONDS", 0.2)
    for name, value in {"store": tiny_store, "engine": "openvino"}.items():
        monkeypatch.setenv(f"ATLAS_{name.upper()}", str(value))
    peers = Peers(tmp_path, WORKERS)

    async def hang() -> int:
        supervised = supervisor.Supervisor(1, free_port(), tmp_path)
        running = asyncio.create_task(supervised.run())
        await asyncio.to_thread(wait_until, lambda: bool(peers.processes()))
        hanging = peers.processes()
        os.kill(hanging[0], signal.SIGSTOP)
        await asyncio.to_thread(wait_until, lambda: peers.processes() not in ({}, hanging))
        os.kill(os.getpid(), signal.SIGTERM)
        return await running

    assert asyncio.run(hang()) == 0


def test_a_worker_that_cannot_start_ends_the_service(tmp_path: Path) -> None:
    """Settings that only a worker can check are told, with the exit code of wrong settings."""
    ended = run(ATLAS_STORE="no-such-scheme://bucket", ATLAS_PORT="0", TMPDIR=str(tmp_path))
    assert ended.returncode == 2
    assert "no-such-scheme" in ended.stderr
    assert not [*tmp_path.iterdir()]


def test_a_port_that_is_taken_is_told() -> None:
    """The log says which address is in use, and the exit code is that of one process."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run(ATLAS_PORT=str(taken.getsockname()[1]))
    assert ended.returncode == 3
    assert "address already in use" in ended.stderr


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    """Start a service that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "app"],
        check=False,
        cwd=ROOT,
        env=os.environ | {"ATLAS_WORKERS": str(WORKERS)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
