"""Requests that are read in several threads at once do not touch each other."""

import itertools
from concurrent.futures import ThreadPoolExecutor

from tests.hostile.attack import post
from tests.hostile.bad_images import PNG, chunk, png
from tests.hostile.raw_http import send
from tests.service_process import ServiceProcess


def test_what_is_ignored_of_one_image_is_named_for_no_other(served: ServiceProcess) -> None:
    """Small images with broken EXIF say so, while large ones are decoded in other threads."""
    broken = png(28, 28, chunk(b"eXIf", b"II*\0" + b"\xff" * 40), data=bytes(29 * 28))
    large = png(1024, 1024, data=bytes(1025 * 1024))
    small_wire = post("small", "encode", broken, PNG).wire
    large_wire = post("large", "encode", large, PNG).wire

    with ThreadPoolExecutor(4) as pool:
        wires = [large_wire, small_wire, large_wire, small_wire] * 10
        answers = list(pool.map(send, itertools.repeat(served.port), wires))

    fits = [answer.headers["x-image-fit"] for answer in answers]
    assert fits == ["resized", "exif ignored", "resized", "exif ignored"] * 10
