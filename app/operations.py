"""What an operation of the API is: one row of the table that routes and documents it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from app.answers import Answer
from app.queries import Query

if TYPE_CHECKING:
    from app.calls import Call


class Body(Enum):
    """What a request's body holds."""

    IMAGES = "images"
    LATENTS = "latents"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Operation:
    """A method and a path, what they take, what they answer with, and who does it."""

    id: str
    method: str
    path: str
    handler: Callable[["Call"], Awaitable[Answer]]
    summary: str
    answers: tuple[str, ...]  # formats by preference, names of `negotiation.MEDIA_TYPES`;
    # none: files of the page, which are what they are and which the API's document leaves out
    query: type[Query] = Query
    body: Body | None = None
    json: type[BaseModel] | None = None  # what a JSON answer holds
    of_model: bool = True  # has a model to ask; else it is about the service itself
    open: bool = False  # needs no API key
    example: dict[str, Any] = field(default_factory=dict)  # path and query values that work

    @property
    def cacheable(self) -> bool:
        """Tell whether equal requests to the same model have equal answers."""
        return self.of_model and self.method == "GET"


def both_paths(verb: Operation) -> tuple[Operation, Operation]:
    """Place a verb under the default model and under any model."""
    return (
        replace(verb, path=f"/v1/{verb.path}"),
        replace(verb, id=f"{verb.id}_of_model", path=f"/v1/models/{{model}}/{verb.path}"),
    )
