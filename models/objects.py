"""A store behind a URL: the layout of a folder, as objects; whoever reads gets a checked copy.

A version exists once its manifest does, which is written last and holds the others' hashes. Its
number is claimed before its first file is written, by an object that is created only if it is not
there, so that no version is written twice, nor by two at once. Credentials come from where the
library of the URL's scheme looks for them: its own environment variables and files.
"""

import contextlib
import hashlib
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from models.errors import NotAModel, StoreError, StoreUnreachable, UnsafePath
from models.layout import VERSION_PATTERN, is_clutter, sort_out
from models.manifest import MANIFEST_FILE, NAME_PATTERN, Manifest
from models.store import Contents, ModelId, Store, check_files, manifest_of

OBJECT: Final = re.compile(rf"({NAME_PATTERN.strip('^$')})/({VERSION_PATTERN})/(.+)")
TAKEN: Final = re.compile(rf"(?:\.claim-)?({VERSION_PATTERN})(?:/|$)")
MOST_OF_A_REASON: Final = 300


class ObjectStore(Store):
    """Exported models in an object store; its folder holds copies of those that were read."""

    def __init__(self, url: str, filesystem: Any, copies: Path) -> None:
        """Take the URL, fsspec's filesystem for it, and a folder for the copies of all stores."""
        super().__init__(copies / hashlib.sha256(url.encode()).hexdigest()[:16])
        self.location = url
        self._objects: dict[ModelId, dict[str, str]] = {}
        self._filesystem = filesystem
        self._base = url.partition("://")[2]

    def contents(self) -> Contents:
        """List every version that has a manifest, and drop the copies of those that have gone.

        Raises:
            StoreUnreachable: It cannot be listed.
        """
        keys = self._find("")
        objects: dict[ModelId, dict[str, str]] = defaultdict(dict)
        for key, about in keys.items():
            if match := OBJECT.fullmatch(key):
                objects[ModelId(match[1], int(match[2]))][match[3]] = repr(about)
        self._objects = {m: files for m, files in objects.items() if MANIFEST_FILE in files}
        for gone in set(self.copies()) - self._objects.keys():
            with contextlib.suppress(StoreError):
                shutil.rmtree(self.folder(gone), ignore_errors=True)
        _, refused = sort_out(_folders(keys))
        for model in objects.keys() - self._objects.keys():
            if f"{model.name}/.claim-{model.version}" not in keys:  # nobody is writing it
                refused[f"{model.name}/{model.version}"] = NotAModel(f"it has no {MANIFEST_FILE}")
        return Contents(sorted(self._objects), refused)

    def versions(self, name: str) -> list[int]:
        """List a model's versions, the newest last."""
        return [model.version for model in self.ids() if model.name == name]

    def copies(self) -> list[ModelId]:
        """List the versions that have a copy here."""
        with contextlib.suppress(StoreUnreachable):
            return Store(self.root).ids()
        return []

    def revision(self, model: ModelId) -> object:
        """Return what was listed of a version's objects: sizes, times, entity tags."""
        return repr(sorted(self._objects.get(model, {}).items()))

    def verify(self, model: ModelId) -> Manifest:
        """Check a version's copy, after making it if there is none that is whole and current.

        Raises:
            StoreUnreachable: There is no copy, and none can be made now.
            StoreError: As for a folder; what was copied is not kept.
        """
        try:
            with self._reaching():
                manifest = self._filesystem.cat_file(f"{self._path(model)}/{MANIFEST_FILE}")
        except StoreUnreachable:
            if model not in self.copies():
                raise
            return super().verify(model)
        copied = self._copied(model, manifest)
        if copied is not None:
            return copied
        with self._reaching(), self.stage(model.name) as stage:
            return self._copy(model, manifest, stage)

    def _copied(self, model: ModelId, text: bytes) -> Manifest | None:
        """Check the copy that is there; None if it is none of the version with this manifest."""
        with contextlib.suppress(OSError, StoreError):
            if (self.folder(model) / MANIFEST_FILE).read_bytes() == text:
                return super().verify(model)
        return None

    def _copy(self, model: ModelId, text: bytes, stage: Path) -> Manifest:
        """Copy a version into a stage; it becomes visible once its files are those promised."""
        (stage / MANIFEST_FILE).write_bytes(text)
        manifest = manifest_of(model, stage)
        for path in manifest.files:
            copy = stage / path
            if not copy.resolve().is_relative_to(stage.resolve()):
                raise UnsafePath(f"{model}: {path} leads out of its model's folder")
            copy.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # is told below, as of a folder
                self._filesystem.get_file(f"{self._path(model)}/{path}", str(copy))
        check_files(model, stage, manifest)
        if self._copied(model, text):  # meanwhile, by another process, which may have it open
            return manifest
        shutil.rmtree(self.folder(model), ignore_errors=True)
        stage.rename(self.folder(model))
        return manifest

    def _next(self, name: str) -> int:
        """Return the number after all that are taken, by a claim or by half a version too."""
        taken = (TAKEN.match(key) for key in self._find(f"{name}/"))
        return max((int(match[1]) for match in taken if match), default=0) + 1

    def _put(self, stage: Path, manifest: Manifest) -> bool:
        """Write a finished stage, its manifest last; False if the number is taken."""
        model = ModelId(manifest.name, manifest.version)
        with self._reaching():
            claim = f"{self._base}/{model.name}/.claim-{model.version}"
            if not self._create(claim, uuid4().bytes):
                return False
            for path in manifest.files:
                self._filesystem.put_file(str(stage / path), f"{self._path(model)}/{path}")
            text = (stage / MANIFEST_FILE).read_bytes()
            return self._create(f"{self._path(model)}/{MANIFEST_FILE}", text)

    def _create(self, path: str, content: bytes) -> bool:
        """Write an object unless there is one; tell whether it is ours."""
        with contextlib.suppress(FileExistsError):
            self._filesystem.pipe_file(path, content, mode="create")
        found: bytes = self._filesystem.cat_file(path)  # a repeated write meets its own first one
        return found == content

    def _find(self, folder: str) -> dict[str, Any]:
        """List the objects below a folder by what follows it in their paths."""
        with self._reaching():
            root = f"{self._base}/{folder}".rstrip("/")
            found = self._filesystem.find(root, detail=True)
        return {path.removeprefix(f"{root}/"): about for path, about in found.items()}

    def _path(self, model: ModelId) -> str:
        return f"{self._base}/{model.name}/{model.version}"

    @contextlib.contextmanager
    def _reaching(self) -> Iterator[None]:
        """Turn whatever a library raises into one error."""
        try:
            yield
        except StoreError:
            raise
        except Exception as error:  # each library has errors of its own
            reason = " ".join(str(error).split())[:MOST_OF_A_REASON] or type(error).__name__
            raise StoreUnreachable(f"{self.location} cannot be used now: {reason}") from error


def _folders(keys: Iterable[str]) -> dict[str, set[str]]:
    """Return what a folder of the same objects would hold: each model's name, and folders in it."""
    folders: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        name, *inner = key.split("/")
        if inner and not is_clutter(name):
            folders[name].update(inner[:1] if len(inner) > 1 or inner[0].startswith(".") else ())
    return folders
