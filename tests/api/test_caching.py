"""ETags, 304, what may be kept by whom, and the cache in memory."""

from starlette.testclient import TestClient

from tests.api.linear_engine import LinearEngine

TILE = "tiles/dims-0-1/1/0/0"


def test_a_client_that_has_it_is_told_so(client: TestClient, engine: LinearEngine) -> None:
    """The same ETag comes back as 304 without a body, and nothing is computed."""
    etag = client.get(f"/v1/{TILE}").headers["etag"]
    engine.batches.clear()
    again = client.get(f"/v1/{TILE}", headers={"if-none-match": f'"other", W/{etag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == etag
    assert not engine.batches


def test_equal_requests_are_computed_once(client: TestClient, engine: LinearEngine) -> None:
    """A deterministic GET is answered from memory, whatever the order of its parameters."""
    first = client.get("/v1/latent-grid?rows=2&columns=3")
    again = client.get("/v1/latent-grid?columns=3&rows=2")
    assert again.content == first.content
    assert [size for _, size in engine.batches] == [6]


def test_formats_do_not_share_a_name(client: TestClient) -> None:
    """PNG and WebP of one grid have different ETags, and `Vary` says why."""
    png, webp = (
        client.get("/v1/latent-grid", headers={"accept": f"image/{kind}"})
        for kind in ("png", "webp")
    )
    assert png.headers["etag"] != webp.headers["etag"]
    assert png.headers["vary"] == "Accept"


def test_only_a_versioned_path_is_for_ever(client: TestClient) -> None:
    """`name@version` never changes; `name` may at the next reload."""
    fixed = client.get(f"/v1/models/linear@1/{TILE}")
    named = client.get(f"/v1/models/linear/{TILE}")
    assert fixed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert named.headers["cache-control"] == "public, no-cache"
    assert fixed.headers["etag"] == named.headers["etag"]


def test_failures_and_posts_have_no_etag(client: TestClient) -> None:
    """What is wrong today may be right tomorrow; what is posted is not kept."""
    assert "etag" not in client.get("/v1/items/999").headers
    assert "etag" not in client.post("/v1/decode", json={"z": [[0, 0]]}).headers


def test_head_is_get_without_its_body(client: TestClient) -> None:
    """HEAD has GET's headers."""
    head, get = client.head(f"/v1/{TILE}"), client.get(f"/v1/{TILE}")
    assert head.content == b""
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["etag"] == get.headers["etag"]
