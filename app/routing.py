"""Which operation a path means: a tree of path segments, `{name}` matching any one."""

from collections.abc import Iterable
from typing import Final

from app.errors import UnknownPath, WrongMethod
from app.operations import Operation

PARAMETER: Final = "{}"


class Router:
    """Finds operations by method and path; a constant segment goes before a parameter."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Build the tree.

        Raises:
            ValueError: Two operations have the same method and path.
        """
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node, names = self._root, []
        for segment in operation.path.split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                segment = PARAMETER  # noqa: PLW2901
            node = node.children.setdefault(segment, _Node())
        if operation.method in node.methods:
            raise ValueError(f"{operation.method} {operation.path} is declared twice")
        node.methods[operation.method] = (operation, tuple(names))

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """Find the operation and its path parameters. HEAD finds what GET does.

        Raises:
            UnknownPath: No operation has this path.
            WrongMethod: Some have, with other methods.
        """
        node: _Node | None = self._root
        values = []
        for segment in path.split("/")[1:]:
            assert node is not None
            child = node.children.get(segment)
            if child is None:
                values.append(segment)
                child = node.children.get(PARAMETER) if segment else None
            if child is None:
                raise UnknownPath(f"there is no {path[:200]}; /docs lists what there is")
            node = child
        assert node is not None
        if not node.methods:
            raise UnknownPath(f"there is no {path[:200]}; /docs lists what there is")
        found = node.methods.get("GET" if method == "HEAD" else method)
        if found is None:
            allowed = tuple(sorted(node.methods))
            raise WrongMethod(f"{path} takes {', '.join(allowed)}, not {method[:20]}", allowed)
        operation, names = found
        return operation, dict(zip(names, values, strict=True)) if names else {}


class _Node:
    __slots__ = ("children", "methods")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.methods: dict[str, tuple[Operation, tuple[str, ...]]] = {}
