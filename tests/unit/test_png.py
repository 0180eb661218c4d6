"""The PNG writer: whatever it writes, Pillow reads back to the same pixels."""

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from app.imaging.png import encode_png

SHAPES = st.tuples(st.integers(1, 70), st.integers(1, 70), st.sampled_from([1, 3]))


@settings(deadline=None, max_examples=300)
@given(arrays(np.uint8, SHAPES))
def test_pillow_reads_the_same_pixels(image: np.ndarray) -> None:
    """Grey or colour, any size: the picture is the array."""
    picture = Image.open(io.BytesIO(encode_png(image)))
    assert picture.mode == ("L" if image.shape[2] == 1 else "RGB")
    assert (np.asarray(picture).reshape(image.shape) == image).all()


def test_an_array_that_is_not_contiguous() -> None:
    """A view of every other pixel is written as it looks."""
    whole = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    picture = Image.open(io.BytesIO(encode_png(whole[::2, ::-2])))
    assert (np.asarray(picture) == whole[::2, ::-2, 0]).all()
