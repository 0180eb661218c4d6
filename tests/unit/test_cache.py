"""The cache: bounded in bytes, the least recently used out first."""

from app.http.etags import etag_of, matches
from app.inference.cache import OVERHEAD, Cache, Response


def answer(size: int) -> Response:
    """Return an answer with a body of some bytes."""
    return bytes(size), "image/png", {}


def test_it_never_holds_more_than_allowed() -> None:
    """What is oldest goes, what was used stays."""
    size = 1000
    cache = Cache(8 * (size + OVERHEAD))
    for name in "abcdefgh":
        cache.put(name, answer(size), "m")
    assert cache.get("a")
    cache.put("i", answer(size), "m")
    assert cache.bytes == 8 * (size + OVERHEAD)
    assert cache.get("a")
    assert not cache.get("b")


def test_what_would_fill_it_is_not_kept() -> None:
    """One huge answer must not drive out all others; a cache of 0 bytes keeps nothing."""
    cache = Cache(8000)
    cache.put("huge", answer(5000), "m")
    assert not cache.get("huge")
    none = Cache(0)
    none.put("any", answer(0), "m")
    assert not none.get("any")


def test_a_models_answers_can_be_forgotten() -> None:
    """They give back their bytes; those of the others stay."""
    cache = Cache(8000)
    cache.put("a", answer(100), "old")
    cache.put("b", answer(200), "new")
    cache.forget("old")
    assert not cache.get("a")
    assert cache.get("b")
    assert cache.bytes == 200 + OVERHEAD


def test_names_differ_when_anything_differs() -> None:
    """Model, operation, path, query and format all count; the model's spelling does not."""
    path = {"model": "a", "id": "1"}
    names = {
        etag_of("m1", "items", path, "", "png"),
        etag_of("m2", "items", path, "", "png"),
        etag_of("m1", "points", path, "", "png"),
        etag_of("m1", "items", path | {"id": "2"}, "", "png"),
        etag_of("m1", "items", path, "x=1", "png"),
        etag_of("m1", "items", path, "", "webp"),
    }
    assert len(names) == 6
    assert etag_of("m1", "items", path | {"model": "a@1"}, "", "png") in names


def test_if_none_match() -> None:
    """Lists and weak tags match; others do not."""
    assert matches('"x", W/"a"', '"a"')
    assert not matches('"b"', '"a"')
    assert not matches("", '"a"')
