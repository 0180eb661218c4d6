"""Make the service follow the store: load new versions, swap them in, free the old ones."""

import asyncio
import contextlib
import ctypes
import gc
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from app.background import start_thread, yield_to_requests
from app.engines.base import LoadEngine
from app.inference.cache import Cache
from app.inference.loader import load_model
from app.inference.registry import Model, Registry
from app.metrics import Metrics
from app.settings import Settings
from app.workers.peers import Peers
from models.errors import StoreError, StoreUnreachable
from models.layout import is_name, printable
from models.store import Contents, ModelId

T = TypeVar("T")
log = logging.getLogger(__name__)
SHUTDOWN_SECONDS: Final = 5  # that a version which is being loaded gets when the service ends
LONGEST_PAUSE: Final = 300.0  # seconds between two tries of a version that is refused


@dataclass
class Try:
    """The last try to load a version: of which files, and why it was refused."""

    revision: object
    reason: str = ""
    pause: float = math.inf  # seconds before the same files are tried again
    ended: float = 0.0
    seen: object = None  # the revision at the last look

    def again(self, revision: object) -> bool:
        """Tell whether to try again: changed files once they are at rest, others after a pause."""
        at_rest, self.seen = revision == self.seen, revision
        if revision != self.revision:
            return at_rest
        return time.monotonic() >= self.ended + self.pause


class Reloader:
    """One background task that makes the registry follow the store."""

    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        metrics: Metrics,
        cache: Cache,
        engines: Sequence[LoadEngine],
        *,
        peers: Peers | None = None,
    ) -> None:
        """Take what it works on, and the other workers, if any; nothing is loaded yet."""
        self._settings = settings
        self._registry = registry
        self._metrics = metrics
        self._cache = cache
        self._engines = engines
        self._peers = peers
        self._tries: dict[ModelId, Try] = {}
        self._empty = False
        self._thread: threading.Thread | None = None

    async def follow(self) -> None:
        """Compare with the store every `reload_seconds`, until cancelled."""
        while True:
            try:
                await self.synchronise()
                known = self._registry.served or not self._registry.store_error
                if known and not self._registry.settled:
                    self._registry.settled = True
                    # TensorFlow's million objects stay: a collection need not look at them again,
                    # for which it would stop every request for some tenths of a second.
                    gc.collect()
                    gc.freeze()
                if self._peers is not None and self._registry.settled:
                    served = self._registry.served.values()
                    self._peers.serve(model.files for model in served)
            except Exception:
                log.exception("the comparison with the store failed and is repeated")
            await asyncio.sleep(self._settings.reload_seconds)

    def close(self) -> None:
        """Wait a moment for the version that is being loaded; the disk may never answer."""
        if self._thread is not None:
            self._thread.join(SHUTDOWN_SECONDS)

    async def synchronise(self) -> None:
        """Make the registry equal to the store's newest versions, one model at a time."""
        registry = self._registry
        try:
            ids, refused = await self._in_thread(registry.store.contents)
        except StoreUnreachable as error:
            self._note_store_error(str(error))
            if registry.served:
                return
            ids, refused = Contents(await self._in_thread(registry.store.copies), {})
        else:
            self._note_store_error("")
            self._note_refused(refused)
        # What is served of a model whose folder cannot be read now stays.
        kept = {path for path in refused if isinstance(refused[path], StoreUnreachable)}
        names = {model.name for model in ids} | {model.name for model in registry.served}
        # A swap may wait for another worker, which may wait for a later model of this one.
        async with asyncio.TaskGroup() as swaps:
            for name in sorted(names - kept):
                wanted = await self._load_newest([model for model in ids if model.name == name])
                swaps.create_task(self._swap(name, wanted))
        for model in [m for m in self._tries if m not in ids and m.name not in kept]:
            del self._tries[model]
            registry.mark(model, None)
        self._note_empty(empty=not ids and not registry.served and not registry.store_error)

    def _note_store_error(self, message: str) -> None:
        """Remember whether the store can be reached; the log is told of a change."""
        before, self._registry.store_error = self._registry.store_error, message
        if message:
            self._metrics.reload("unreachable")
        if message and not before:
            log.warning("%s; what is served stays, and the store is tried again", message)
        if before and not message:
            log.info("%s can be reached again", self._registry.store.location)

    def _note_refused(self, folders: Mapping[str, StoreError]) -> None:
        """Remember which folders are no models; the log and a metric are told of each once."""
        before = self._registry.refused_folders
        self._registry.refused_folders = {path: str(folders[path]) for path in folders}
        for path, error in folders.items():
            if str(error) != before.get(path):
                outcome = "refused" if is_name(path) else "ignored"
                log.warning("%s is %s: %s", path, outcome, error)
                self._metrics.reload(outcome)

    def _note_empty(self, *, empty: bool) -> None:
        """Tell the log once that there is no model."""
        if empty and not self._empty:
            log.warning("nothing can be served: %s", self._registry.why_empty())
        self._empty = empty

    async def _load_newest(self, versions: list[ModelId]) -> dict[ModelId, Model]:
        """Load the newest `keep_versions` of a model that can be loaded, oldest first given."""
        wanted: dict[ModelId, Model] = {}
        for model in reversed(versions):
            if len(wanted) == self._settings.keep_versions:
                break
            served = await self._load(model)
            if served is not None:
                wanted[model] = served
        return wanted

    async def _load(self, model: ModelId) -> Model | None:
        """Load a version, or return what is served of it if that is newer than any try's result."""
        served, last = self._registry.served.get(model), self._tries.get(model)
        revision = await self._in_thread(lambda: self._registry.store.revision(model))
        if last is not None and not last.again(revision):
            return served
        if last is None:
            self._registry.mark(model, "loading")
        started = time.monotonic()
        try:
            async with self._turn():
                loaded = await self._in_thread(lambda: self._load_here(model, served))
        except Exception as error:  # noqa: BLE001  a broken model must not stop the others
            self._refuse(model, revision, printable(str(error) or type(error).__name__))
            return served
        self._tries[model] = Try(revision)
        if loaded is served:
            self._registry.mark(model, "ready")
            return loaded
        how = "is ready" if served is None else "was overwritten, and its new files are ready"
        log.info("%s %s after %.1f s", model, how, time.monotonic() - started)
        self._metrics.reload("loaded")
        return loaded

    def _refuse(self, model: ModelId, revision: object, reason: str) -> None:
        """Remember why a version is refused; the log and a metric are told of each reason once."""
        last = self._tries.get(model)
        pause = self._settings.reload_seconds
        if last is not None and last.revision == revision:
            pause = min(2 * last.pause, LONGEST_PAUSE)
        self._tries[model] = Try(revision, reason, pause, time.monotonic(), revision)
        if model in self._registry.served:
            said = f"its files were changed, and what was loaded before is served: {reason}"
            self._registry.mark(model, "ready", said)
        else:
            self._registry.mark(model, "refused", reason)
        if last is None or last.reason != reason:
            log.warning("%s is refused: %s", model, reason)
            self._metrics.reload("refused")

    def _load_here(self, model: ModelId, served: Model | None) -> Model:
        if self._registry.settled:  # requests are answered
            yield_to_requests()
        store, max_batch = self._registry.store, self._settings.max_batch
        return load_model(store, model, self._engines, max_batch, served)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Do what may take long in a thread of its own."""
        self._thread, result = start_thread(work, "loader")
        return await asyncio.wrap_future(result)

    def _turn(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Let one worker at a time load, where there are several, so that one is disturbed."""
        if self._peers is None or not self._registry.settled:
            return contextlib.nullcontext()
        return self._peers.turn()

    async def _swap(self, name: str, wanted: dict[ModelId, Model]) -> None:
        """Serve the wanted versions of a model; free the others once their requests have ended."""
        new = {m: wanted[m] for m in wanted if wanted[m] is not self._registry.served.get(m)}
        if new and self._peers is not None:
            await self._peers.agree(model.files for model in new.values())
        served = self._registry.served
        old = {m: served[m] for m in served if m.name == name and wanted.get(m) is not served[m]}
        if not old and not new:
            return
        kept = {m: served[m] for m in served if m not in old}
        self._registry.replace({**kept, **new})
        for model in new:
            self._registry.mark(model, "ready")
            self._metrics.model(model.name, model.version, ready=True)
        for model in [model for model in old if model not in new]:
            self._tries.pop(model, None)
            self._registry.mark(model, None)
            self._metrics.model(model.name, model.version, ready=False)
            log.info("%s is no longer served", model)
        for gone in old.values():
            await self._free(gone)

    async def _free(self, model: Model) -> None:
        """Drop answers and model after the requests that found them before the swap have ended."""
        while model.in_use:  # noqa: ASYNC110  rare; an event would cost every request
            await asyncio.sleep(0.01)
        self._cache.forget(model.identity)
        await asyncio.to_thread(model.close)
        await asyncio.to_thread(_return_memory)


def _return_memory() -> None:
    """Return freed memory to the system, where the C library can: it would keep a model's."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
