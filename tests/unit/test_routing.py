"""The router: constants before parameters, and clear refusals."""

import pytest

from app.errors import UnknownPath, WrongMethod
from app.main import operations
from app.routing import Router

ROUTER = Router(operations())


@pytest.mark.parametrize(
    ("path", "name", "values"),
    [
        ("/v1/decode", "decode_query", {}),
        ("/v1/models", "models", {}),
        ("/v1/models/m@2", "model", {"model": "m@2"}),
        ("/v1/models/m/decode", "decode_query_of_model", {"model": "m"}),
        (
            "/v1/tiles/pca-0-1/3/-1/2",
            "tile",
            {"plane": "pca-0-1", "zoom": "3", "x": "-1", "y": "2"},
        ),
        ("/v1/models/models/items/7", "item_of_model", {"model": "models", "id": "7"}),
        ("/", "page_0", {}),
        ("/static/main.js", "page_1", {"name": "main.js"}),
    ],
)
def test_a_path_finds_its_operation(path: str, name: str, values: dict[str, str]) -> None:
    """With the values of its parameters."""
    operation, found = ROUTER.find("GET", path)
    assert operation.id == name
    assert found == values


@pytest.mark.parametrize(
    "path", ["", "/v1", "/v1/", "/v1/decode/", "//", "/v1/tiles/a/1/2", "/v2/x"]
)
def test_other_paths_are_unknown(path: str) -> None:
    """A last slash is another path; nothing is guessed."""
    with pytest.raises(UnknownPath):
        ROUTER.find("GET", path)


def test_other_methods_are_told_which_there_are() -> None:
    """HEAD is GET; anything else that is not declared is refused."""
    assert ROUTER.find("HEAD", "/v1/sample")[0].id == "sample"
    with pytest.raises(WrongMethod) as caught:
        ROUTER.find("PUT", "/v1/decode")
    assert caught.value.allowed == ("GET", "POST")


def test_no_operation_may_hide_another() -> None:
    """The same method and path twice is a mistake of ours, told at the start."""
    with pytest.raises(ValueError, match="declared twice"):
        Router([*operations(), *operations()])
