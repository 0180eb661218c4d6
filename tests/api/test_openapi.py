"""The API's description is true: it is valid, complete, and what it promises holds."""

import json
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from app.main import operations

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    """Return the OpenAPI document."""
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_every_operation_is_described_once(document: dict[str, Any]) -> None:
    """Each method of each path has an id of its own, a summary and its failures."""
    described = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    declared = {(o.method, o.path) for o in operations() if o.answers}
    assert described.keys() == declared
    ids = [operation["operationId"] for operation in described.values()]
    assert len(ids) == len(set(ids))
    for operation in described.values():
        assert operation["summary"]
        assert "application/problem+json" in operation["responses"]["406"]["content"]


def test_the_examples_run(client: TestClient, document: dict[str, Any]) -> None:
    """Every operation answers its own example with what it describes."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answer = run_example(client, method, path, operation)
            assert answer.status_code == 200, (path, answer.text)
            kind = answer.headers["content-type"].partition(";")[0]
            content = operation["responses"]["200"]["content"]
            assert kind in content
            if kind == "application/json":
                jsonschema_rs.validate(content[kind]["schema"], answer.json())


def run_example(client: TestClient, method: str, path: str, operation: dict[str, Any]) -> Any:
    """Send what the document gives as an example."""
    query = {}
    for parameter in operation["parameters"]:
        example = parameter.get("example")
        if parameter["in"] == "path":
            path = path.replace(
                f"{{{parameter['name']}}}", str("linear" if example is None else example)
            )
        elif parameter.get("required"):
            query[parameter["name"]] = ",".join(map(str, example))
    if method == "get":
        return client.get(path, params=query)
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    for example in examples.values():
        answer = client.post(path, json=example["value"], params=query)
    return answer


def test_json_answers_are_as_described(client: TestClient, document: dict[str, Any]) -> None:
    """Where JSON is one of several formats, it too fits its schema."""
    for path, methods in document["paths"].items():
        if "get" in methods and "format" in json.dumps(methods["get"]["parameters"]):
            content = methods["get"]["responses"]["200"]["content"]
            if "application/json" in content and "{model}" not in path:
                url = path.replace("{id}", "0")
                z = (
                    "&z=0,0"
                    if ("{" not in path and "decode" in path) or "neighbours" in path
                    else ""
                )
                answer = client.get(f"{url}?format=json{z}")
                jsonschema_rs.validate(content["application/json"]["schema"], answer.json())


def test_the_page_lists_the_same(client: TestClient, document: dict[str, Any]) -> None:
    """/docs has every path of the default model, no script, and its own style sheet."""
    page = client.get("/docs").text
    for path in document["paths"]:
        if not path.startswith("/v1/models/{model}/"):
            assert path in page
    assert "<script" not in page
    assert client.get("/docs/reference.css").headers["content-type"].startswith("text/css")


def test_the_page_does_not_trust_its_host(client: TestClient) -> None:
    """A host header cannot write into the page."""
    page = client.get("/docs", headers={"host": '"><b>x'}).text
    assert "<b>x" not in page


def test_no_request_that_fits_the_document_breaks_the_service(live: Any) -> None:
    """Requests drawn from the document never cause a 5xx or an answer it does not describe."""
    schema = schemathesis.openapi.from_url(f"{live.url}/openapi.json")
    for result in schema.get_all_operations():

        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=result.ok().as_strategy())
        def fits(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        fits()
