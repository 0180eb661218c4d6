"""ETags, 304, what may be kept by whom, and the cache in memory."""

import hashlib

from starlette.testclient import TestClient

from app.http.etags import RENDERING
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


def test_whoever_holds_any_answer_is_told_so(client: TestClient) -> None:
    """`*` is every ETag, and several lines of the header are one list."""
    etag = client.get(f"/v1/{TILE}").headers["etag"]
    several = [("if-none-match", '"other"'), ("if-none-match", etag)]
    assert client.get(f"/v1/{TILE}", headers={"if-none-match": "*"}).status_code == 304
    assert client.get(f"/v1/{TILE}", headers=several).status_code == 304


def test_several_accept_lines_are_one_list(client: TestClient) -> None:
    """The format that weighs most is chosen, on whichever line it stands."""
    accepted = [("accept", "image/webp;q=0.5"), ("accept", "image/jpeg")]
    answer = client.get("/v1/latent-grid?rows=1&columns=1", headers=accepted)
    assert answer.headers["content-type"] == "image/jpeg"


def test_what_changes_by_itself_is_not_kept(client: TestClient) -> None:
    """A proxy must not answer for the health, the list of models, or a failure."""
    for path in ("/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready", "/none"):
        assert client.get(path).headers["cache-control"] == "no-store"
    assert client.get("/v1/models").headers["cache-control"] == "no-cache"


def test_the_bytes_belong_to_the_version_of_the_rendering(client: TestClient) -> None:
    """Other bytes for the same request need another `RENDERING`: add one, and its digest here."""
    paths = (
        TILE,
        "latent-grid?rows=2&columns=3&spacing=quantile",
        "sample?n=5&seed=3&format=webp",
        "sample?n=5&seed=3&format=jpeg",
        "sample?n=5&seed=3&format=json",
        "sample?n=5&seed=3&format=npy&dtype=float32",
        "traverse?steps=3",
        "points?columns=x,y,label,kl",
        "items/3?format=png",
        "neighbours?z=0,1&k=3",
    )
    content = b"".join(client.get(f"/v1/{path}").content for path in paths)
    digests = {1: "91e83c4123c36e0d", 2: "ff9b5ce498cff611"}
    assert hashlib.sha256(content).hexdigest()[:16] == digests[RENDERING]
