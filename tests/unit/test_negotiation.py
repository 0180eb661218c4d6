"""Content negotiation as RFC 9110 has it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import NotAcceptable
from app.http.negotiation import MEDIA_TYPES, choose

OFFERED = ("png", "webp", "jpeg", "json", "npy")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "png"),
        ("*/*", "png"),
        ("image/*", "png"),
        ("application/json", "json"),
        ("image/webp, image/png", "png"),
        ("image/webp, image/png;q=0.5", "webp"),
        ("image/*;q=0.5, application/json", "json"),
        ("image/png;q=0, image/*", "webp"),
        ("*/*;q=0.1, application/x-npy;q=0.2", "npy"),
        ("IMAGE/JPEG", "jpeg"),
        ("text/html, */*;q=0.01", "png"),
        ("image/avif,image/webp,image/apng,image/*,*/*;q=0.8", "png"),
        ("application/json ; q=0.9 , image/png ; q=0.8", "json"),
    ],
)
def test_the_heaviest_wins_and_the_first_offered_among_equals(accept: str, chosen: str) -> None:
    """q-values weigh; the most specific range decides a type's weight."""
    assert choose(accept, OFFERED) == chosen


@pytest.mark.parametrize(
    "accept", ["text/html", "image/png;q=0", "*/*;q=0", "image/png;q=nonsense", "image/", "png"]
)
def test_nothing_acceptable_is_refused(accept: str) -> None:
    """What weighs nothing is not given."""
    with pytest.raises(NotAcceptable, match="image/png"):
        choose(accept, ("png",))


@given(st.text(max_size=60))
def test_any_header_has_an_outcome(accept: str) -> None:
    """Nonsense is refused or answered, never a crash."""
    with contextlib.suppress(NotAcceptable):
        assert choose(accept, OFFERED) in MEDIA_TYPES
