"""Follows the store: loads what appears, checks it, warms it up, swaps it in, frees the old."""

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from app.engines.base import Engine, LoadEngine
from app.engines.saved_model_file import SignatureInvalid
from app.inference.cache import Cache
from app.inference.registry import Model, Registry
from app.latent.points import Points
from app.metrics import Metrics
from app.settings import Settings
from models.errors import GoldenMismatch, StoreUnreachable
from models.golden import Pair, check_golden, read_golden
from models.manifest import Manifest
from models.store import ModelId

T = TypeVar("T")
log = logging.getLogger(__name__)
LAST_LOADING_SECONDS: Final = 5  # at the service's end
LOADING_NICENESS: Final = 10  # once requests are answered


class Reloader:
    """One background task that makes the registry follow the store."""

    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        metrics: Metrics,
        cache: Cache,
        engines: Sequence[LoadEngine],
    ) -> None:
        """Take what it works on; nothing is loaded yet."""
        self._settings = settings
        self._catalogue = registry
        self._metrics = metrics
        self._cache = cache
        self._engines = engines
        self._refused: dict[ModelId, object] = {}
        self._loader: threading.Thread | None = None

    async def follow(self) -> None:
        """Look at the store now and then, until cancelled."""
        while True:
            try:
                await self.look()
                known = self._catalogue.served or not self._catalogue.trouble
                if known and not self._catalogue.settled:
                    self._catalogue.settled = True
                    # TensorFlow's million objects stay: a collection need not look at them again,
                    # for which it would stop every request for some tenths of a second.
                    gc.collect()
                    gc.freeze()
            except Exception:
                log.exception("looking at the store failed; the next look follows")
            await asyncio.sleep(self._settings.reload_seconds)

    async def look(self) -> None:
        """Make the registry equal to the store's newest versions, one model at a time."""
        registry = self._catalogue
        try:
            ids = await self._aside(registry.store.ids)
        except StoreUnreachable as error:
            self._note(str(error))
            if registry.served:
                return
            ids = await self._aside(registry.store.copies)
        else:
            self._note("")
        names = {model.name for model in ids} | {model.name for model in registry.served}
        for name in sorted(names):
            there = [model for model in ids if model.name == name]
            await self._follow_one(name, there)
        for model in [m for m in self._refused if m not in ids]:
            del self._refused[model]
            registry.mark(model, None)

    def _note(self, trouble: str) -> None:
        """Remember whether the store can be reached; the log is told of a change."""
        before, self._catalogue.trouble = self._catalogue.trouble, trouble
        if trouble:
            self._metrics.reload("unreachable")
        if trouble and not before:
            log.warning("%s; what is served stays, and the next look follows", trouble)
        if before and not trouble:
            log.info("%s can be reached again", self._catalogue.store.place)

    async def _follow_one(self, name: str, there: list[ModelId]) -> None:
        wanted: dict[ModelId, Model] = {}
        for model in reversed(there):  # a refused one leaves its place to the next older
            if len(wanted) == self._settings.keep_versions:
                break
            served = self._catalogue.served.get(model) or await self._try(model)
            if served is not None:
                wanted[model] = served
        await self._swap(name, wanted)

    def close(self) -> None:
        """Give what is being read a moment; a disk that stands still gets no longer."""
        if self._loader is not None:
            self._loader.join(LAST_LOADING_SECONDS)

    async def _try(self, model: ModelId) -> Model | None:
        """Load a version unless it was refused and has not changed since."""
        revision = self._catalogue.store.revision(model)
        if self._refused.get(model) == revision:
            return None
        self._catalogue.mark(model, "loading")
        started = time.monotonic()
        try:
            loaded = Model(model, *await self._aside(lambda: self._read(model)))
        except Exception as error:  # noqa: BLE001  a broken model must not stop the others
            reason = str(error) or type(error).__name__
            log.warning("%s is refused: %s", model, reason)
            # What could not be fetched may be sound: it is tried again, changed or not.
            self._refused[model] = None if isinstance(error, StoreUnreachable) else revision
            self._catalogue.mark(model, "refused", reason)
            self._metrics.reload("refused")
            return None
        log.info("%s is ready after %.1f s", model, time.monotonic() - started)
        self._refused.pop(model, None)
        self._metrics.reload("loaded")
        return loaded

    async def _aside(self, work: Callable[[], T]) -> T:
        """Do what may take long in a thread of its own."""
        result: Future[T] = Future()
        result.set_running_or_notify_cancel()  # who awaits it may go; the thread does not see that

        def run() -> None:
            try:
                found = work()
            except BaseException as error:  # noqa: BLE001  it is handed to whoever awaits
                result.set_exception(error)
            else:
                result.set_result(found)

        # Not a pool's thread: Python would wait for it at its end, for ever if the disk does.
        self._loader = threading.Thread(target=run, name="loader", daemon=True)
        self._loader.start()
        return await asyncio.wrap_future(result)

    def _read(self, model: ModelId) -> tuple[Manifest, Engine, Points]:
        """Verify, load, check and warm up a version; in the loading thread.

        The engine is nobody else's yet. Its first runs are slow, which the owner of inference,
        and so the requests of other models, need not wait for.
        """
        if self._catalogue.settled:
            _step_back()
        store = self._catalogue.store
        manifest = store.verify(model)
        folder = store.folder(model)
        points, pairs = Points(folder, manifest), read_golden(folder, manifest)
        *better, last = self._engines
        for load in better:
            try:
                return manifest, self._checked(load, folder, manifest, pairs), points
            except (SignatureInvalid, GoldenMismatch) as error:
                log.warning("%s goes to another engine: %s", model, error)
        return manifest, self._checked(last, folder, manifest, pairs), points

    def _checked(
        self, load: LoadEngine, folder: Path, manifest: Manifest, pairs: dict[str, Pair]
    ) -> Engine:
        """Load an engine; it is closed again if it is not exact."""
        engine = load(folder, manifest)
        try:
            _check(engine, pairs, self._settings.max_batch, manifest.name)
        except BaseException:
            engine.close()
            raise
        return engine

    async def _swap(self, name: str, wanted: dict[ModelId, Model]) -> None:
        """Serve the wanted versions of a model; free the others once their work is done."""
        served = self._catalogue.served
        old = {m: served[m] for m in served if m.name == name and m not in wanted}
        new = {m: wanted[m] for m in wanted if m not in served}
        if not old and not new:
            return
        kept = {m: served[m] for m in served if m not in old}
        self._catalogue.replace({**kept, **new})
        for model in new:
            self._catalogue.mark(model, "ready")
            self._metrics.model(model.name, model.version, ready=True)
        for model, gone in old.items():
            self._catalogue.mark(model, None)
            self._metrics.model(model.name, model.version, ready=False)
            log.info("%s is no longer served", model)
            await self._free(gone)

    async def _free(self, model: Model) -> None:
        """Drop answers and engine after the requests that found them before the swap have ended."""
        while model.in_use:  # noqa: ASYNC110  rare; an event would cost every request
            await asyncio.sleep(0.01)
        self._cache.forget(model.identity)
        await asyncio.to_thread(model.engine.close)
        await asyncio.to_thread(_give_back)


def _check(engine: Engine, pairs: dict[str, Pair], max_batch: int, name: str) -> None:
    """Compare with the golden pairs, and an item's outputs in batches small and full.

    That is the warm-up, too: with TensorFlow a signature's first run is slow (130 ms for the four
    together), and the first one of a batch size is not (0.4 ms more than the next; OpenVINO: 3 ms).
    """
    check_golden(engine.run, pairs)
    for signature, pair in pairs.items():
        for size in (1, 2, max_batch):
            inputs = {k: np.resize(v, (size, *v.shape[1:])) for k, v in pair.inputs.items()}
            outputs = engine.run(signature, inputs)
            if size == 1:
                alone = outputs
        exact = outputs.keys() - {"kl"}  # which the service sums itself
        if any((alone[name][0] != outputs[name][0]).any() for name in exact):
            log.warning("%s: %s of an item depends on its batch in the last bits", name, signature)


def _step_back() -> None:
    """Let other threads go first, where the system has priorities of threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOADING_NICENESS)


def _give_back() -> None:
    """Return freed memory to the system, where the C library can: it would keep a model's."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
