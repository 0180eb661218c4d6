"""Ctrl-C and SIGTERM: what a process does when it is asked to end."""

import contextlib
import signal
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Self


class Stopped(KeyboardInterrupt):
    """A signal has ended what was going on; the message says what can be done now."""

    def __init__(self, said: str, number: int, run: Path | None = None) -> None:
        """Take the message, the signal's number, and the folder of the run if there is one."""
        super().__init__(said)
        self.number, self.run = number, run


def exit_code(stopped: KeyboardInterrupt) -> int:
    """Return what a shell expects of a process that a signal has ended: 130 or 143."""
    return 128 + signal_of(stopped)


def signal_of(stopped: KeyboardInterrupt) -> int:
    """Return the signal's number; Python's own exception stands for Ctrl-C."""
    return stopped.number if isinstance(stopped, Stopped) else signal.SIGINT


def terminate(number: int, _frame: FrameType | None) -> NoReturn:
    """Stop at once; the handler of SIGTERM."""
    raise Stopped("stopped", number)


class Interruption:
    """Turns the first Ctrl-C or SIGTERM into a wish heeded between steps; a second is obeyed."""

    def __init__(self) -> None:
        """Start with no wish."""
        self.number: int | None = None
        self.former: dict[int, Any] = {}

    @property
    def asked(self) -> bool:
        """Whether there is a wish to end."""
        return self.number is not None

    def __enter__(self) -> Self:
        """Take the signals over; outside the main thread there is none to take."""
        with contextlib.suppress(ValueError):
            for number in (signal.SIGINT, signal.SIGTERM):
                self.former[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        for number, handler in self.former.items():
            signal.signal(number, handler)

    def obey(self) -> None:
        """Stop if there is a wish to.

        Raises:
            Stopped: There is.
        """
        if self.number is not None:
            terminate(self.number, None)

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        if self.asked:
            terminate(number, None)
        self.number = number
