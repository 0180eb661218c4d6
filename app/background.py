"""Work that may take long, in a thread of its own."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

T = TypeVar("T")
NICENESS: Final = 10


def start_thread(work: Callable[[], T], name: str) -> tuple[threading.Thread, Future[T]]:
    """Do work in a new thread; return the thread, and its result to come.

    A pool's thread will not do: Python would wait for it at its end, for ever if a disk does.
    """
    result: Future[T] = Future()
    result.set_running_or_notify_cancel()  # who awaits it may go; the thread does not see that

    def run() -> None:
        try:
            found = work()
        except BaseException as error:  # noqa: BLE001  it is handed to whoever awaits
            result.set_exception(error)
        else:
            result.set_result(found)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread, result


def yield_to_requests() -> None:
    """Let the calling thread run when others do not, where threads have priorities."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
