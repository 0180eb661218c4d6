"""Keys, prefixes, origins, headers: what does not depend on the operation."""

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

Serve = Callable[..., TestClient]
KEY = "correct horse battery"


def test_without_a_key_the_api_is_closed(serve: Serve) -> None:
    """With a key set, operations need it in a header; probes and the page do not."""
    client = serve(api_key=KEY)
    assert client.get("/health/ready").status_code == 200
    assert client.get("/").status_code == 200
    refused = client.get("/v1/models")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert client.get(f"/v1/models?api_key={KEY}").status_code == 401


@pytest.mark.parametrize("headers", [{"authorization": f"bearer {KEY}"}, {"x-api-key": KEY}])
def test_the_key_opens_it(serve: Serve, headers: dict[str, str]) -> None:
    """Either header carries the key, and what is answered is private."""
    client = serve(api_key=KEY)
    answer = client.get("/v1/latent-grid?rows=1&columns=1", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("private")


@pytest.mark.parametrize("key", ["wrong", KEY[:-1], KEY + "!", "ключ"])
def test_a_wrong_key_is_refused(serve: Serve, key: str) -> None:
    """A key that is near is as wrong as any."""
    client = serve(api_key=KEY)
    assert client.get("/v1/models", headers={b"x-api-key": key.encode()}).status_code == 401


def test_behind_a_prefix_both_paths_work(serve: Serve) -> None:
    """It does not matter whether the proxy takes the prefix off."""
    client = serve(root_path="/atlas/")
    for path in ("/atlas/v1/models", "/v1/models", "/atlas/docs", "/atlas/health/live", "/atlas/"):
        assert client.get(path).status_code == 200, path
    document = client.get("/atlas/openapi.json").json()
    assert document["servers"] == [{"url": "/atlas"}]
    assert client.get("/atlasv1/models").status_code == 404


def test_the_bare_prefix_leads_to_the_page(serve: Serve) -> None:
    """Relative links of the page need its last slash."""
    answer = serve(root_path="/atlas").get("/atlas", follow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == "/atlas/"


def test_browsers_are_told_to_be_strict(client: TestClient) -> None:
    """Every answer, a failure too, carries the policy; there is no CORS by default."""
    for path in ("/", "/v1/models", "/nothing"):
        answer = client.get(path, headers={"origin": "https://elsewhere.example"})
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers


def test_an_allowed_origin_may_call(serve: Serve) -> None:
    """A configured origin gets its preflight answered and its answers shared; others do not."""
    client = serve(cors_origins="https://a.example,https://b.example")
    preflight = client.options(
        "/v1/decode",
        headers={"origin": "https://b.example", "access-control-request-method": "POST"},
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://b.example"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    shared = client.get("/v1/models", headers={"origin": "https://a.example"})
    assert shared.headers["access-control-allow-origin"] == "https://a.example"
    other = client.get("/v1/models", headers={"origin": "https://c.example"})
    assert "access-control-allow-origin" not in other.headers


def test_a_refusal_is_readable_from_an_allowed_origin(serve: Serve) -> None:
    """A page may read why it was refused, and every header that an answer has; it may send ours."""
    client = serve(cors_origins="https://a.example", max_body_bytes=1024, api_key="long-enough")
    origin = {"origin": "https://a.example"}
    refused = [
        client.get("/v1/decode", headers=origin),
        client.post("/v1/decode", content=bytes(2000), headers=origin),
        client.get("/nothing", headers=origin),
    ]
    assert [answer.status_code for answer in refused] == [401, 413, 404]
    for answer in refused:
        assert answer.headers["access-control-allow-origin"] == "https://a.example"
        assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()
    asked = {"access-control-request-method": "POST"}
    asked["access-control-request-headers"] = "x-api-key,x-request-timeout-ms,x-request-id"
    assert client.options("/v1/decode", headers={**origin, **asked}).status_code == 200


def test_a_missing_file_is_404_and_not_the_page(client: TestClient) -> None:
    """The page is at `/` alone; what is not there is a problem document."""
    for path in ("/static/none.js", "/static/../settings.py", "/static/%2e%2e/main.py", "/x/y"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_pages_files_have_names_of_their_content(client: TestClient) -> None:
    """A file that has not changed is 304; gzip is used where it is understood."""
    first = client.get("/", headers={"accept-encoding": "identity"})
    again = client.get("/", headers={"if-none-match": first.headers["etag"]})
    packed = client.get("/", headers={"accept-encoding": "gzip"})
    refused = client.get("/", headers={"accept-encoding": "br, gzip;q=0"})
    assert "content-encoding" not in refused.headers
    assert again.status_code == 304
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == first.content


def test_a_script_goes_without_its_comments_and_keeps_its_lines(client: TestClient) -> None:
    """What is sent has the file's code on the file's lines; unchanged, it is 304."""
    source = (Path(__file__).parents[2] / "app/static/main.js").read_text()

    sent = client.get("/static/main.js")

    again = client.get("/static/main.js", headers={"if-none-match": sent.headers["etag"]})
    assert again.status_code == 304
    assert not any(line.lstrip().startswith("/**") for line in sent.text.split("\n"))
    assert sent.headers["content-type"].startswith("text/javascript")
    code = [(n, line) for n, line in enumerate(sent.text.split("\n")) if line.strip()]
    assert code
    assert all(source.split("\n")[n] == line for n, line in code)


def test_the_page_ignores_its_query(client: TestClient) -> None:
    """Links get things appended; an operation's query is checked all the same."""
    assert client.get("/?utm_source=x").status_code == 200
    assert client.get("/docs?utm_source=x").status_code == 200
    assert client.get("/v1/models?utm_source=x").status_code == 422


def test_a_request_id_is_kept_or_made(client: TestClient) -> None:
    """The client's id comes back; one that is no name is replaced."""
    given = client.get("/health/live", headers={"x-request-id": "abc-1"})
    made = client.get("/health/live", headers={b"x-request-id": "é".encode() * 10})
    assert given.headers["x-request-id"] == "abc-1"
    next_one = client.get("/health/live")
    assert made.headers["x-request-id"].isascii()
    assert made.headers["x-request-id"] != next_one.headers["x-request-id"]


def test_an_unknown_method_is_405(client: TestClient) -> None:
    """The answer says what the path takes."""
    answer = client.delete("/v1/score")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "OPTIONS, POST"
    assert answer.json()["code"] == "WrongMethod"


def test_nothing_acceptable_is_406(client: TestClient) -> None:
    """The answer lists what could be had."""
    answer = client.post("/v1/decode", json={"z": [[0, 0]]}, headers={"accept": "text/html"})
    assert answer.status_code == 406
    assert "image/png" in answer.json()["detail"]


def test_an_unknown_model_is_404(client: TestClient) -> None:
    """The answer lists the models that there are."""
    for name in ("none", "linear@2", "linear@x", "LINEAR"):
        answer = client.get(f"/v1/models/{name}/latent-grid")
        assert answer.status_code == 404
        assert answer.json()["code"] == "ModelNotFound"
        assert "linear@1" in answer.json()["detail"]
