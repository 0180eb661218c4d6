"""The store: exported models on disk as `<name>/<version>/`, TensorFlow Serving's layout.

A version appears by one rename of a finished folder, so that a reader never sees half of it;
a folder whose name is not an integer (a stage, say) is not a version.
"""

import contextlib
import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from models.errors import DigestMismatch, ManifestInvalid, ModelNotFound, StoreError, UnsafePath
from models.manifest import MANIFEST_FILE, NAME_PATTERN, Manifest, read_manifest

STAGE_PREFIX: Final = ".stage-"
VERSION_PATTERN: Final = r"[1-9][0-9]{0,17}"


class ModelId(NamedTuple):
    """A model of the store; reads `name@version`."""

    name: str
    version: int

    def __str__(self) -> str:
        """Return `name@version`."""
        return f"{self.name}@{self.version}"


class Store:
    """A folder of exported models. It may be empty or absent: then it holds no model."""

    def __init__(self, root: Path) -> None:
        """Take the folder; nothing is read yet."""
        self.root = root
        self.location = str(root)  # as people call it

    def ids(self) -> list[ModelId]:
        """List every version of every model, by name and then by number."""
        if not self.root.is_dir():
            return []
        names = sorted(p.name for p in self.root.iterdir() if re.fullmatch(NAME_PATTERN, p.name))
        return [ModelId(name, version) for name in names for version in self.versions(name)]

    def versions(self, name: str) -> list[int]:
        """List a model's versions, the newest (highest) last; none if there is no such model."""
        folder = self.root / _checked(name)
        if not folder.is_dir():
            return []
        found = (p.name for p in folder.iterdir() if p.is_dir())
        return sorted(int(v) for v in found if re.fullmatch(VERSION_PATTERN, v))

    def resolve(self, reference: str) -> ModelId:
        """Find `name` (its newest version) or `name@version`.

        Raises:
            ModelNotFound: There is none; the message lists what there is.
        """
        name, at, version = reference.partition("@")
        versions = self.versions(name) if re.fullmatch(NAME_PATTERN, name) else []
        if versions and not at:
            return ModelId(name, versions[-1])
        if version.isdecimal() and int(version) in versions:
            return ModelId(name, int(version))
        there = ", ".join(map(str, self.ids())) or "none"
        raise ModelNotFound(f"no model {reference!r} in {self.location}; there: {there}")

    def address(self, model: ModelId) -> str:
        """Return where a version lies, for people: a path, or a URL."""
        return f"{self.location}/{model.name}/{model.version}"

    def copies(self) -> list[ModelId]:
        """List the versions that can be read even if the store cannot be reached."""
        return self.ids()

    def revision(self, model: ModelId) -> object:
        """Return what differs once a version's files have changed."""
        folder = self.root / _checked(model.name) / str(model.version)
        try:
            return max(path.stat().st_mtime_ns for path in (folder, *folder.iterdir()))
        except OSError:
            return 0

    def folder(self, model: ModelId) -> Path:
        """Return a version's folder.

        Raises:
            UnsafePath: The folder is a symbolic link that leads out of the store.
        """
        folder = self.root / _checked(model.name) / str(model.version)
        if not folder.resolve().is_relative_to(self.root.resolve()):
            raise UnsafePath(f"{folder} leads out of the store {self.root}")
        return folder

    def manifest(self, model: ModelId) -> Manifest:
        """Read a version's manifest.

        Raises:
            ManifestInvalid: It cannot be read, or is of another model or version.
        """
        return manifest_of(model, self.folder(model))

    def verify(self, model: ModelId) -> Manifest:
        """Read a version's manifest and check every file against it.

        Raises:
            ManifestInvalid: See `manifest`.
            DigestMismatch: A file is missing, is not listed, or has other bytes.
            UnsafePath: A file is a symbolic link that leads out of its folder.
        """
        manifest = self.manifest(model)
        check_files(model, self.folder(model), manifest)
        return manifest

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[Path]:
        """Give a folder of the store to build a version in; it is removed if not published."""
        parent = self.root / _checked(name)
        parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=STAGE_PREFIX, dir=parent))
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)
            with contextlib.suppress(OSError):  # holds other versions: stays
                parent.rmdir()

    def publish(self, stage: Path, manifest: Manifest) -> ModelId:
        """Make a staged folder the next version: list its files, write the manifest, rename.

        The version in `manifest` is ignored: it becomes the model's highest plus one.
        """
        files = {path: _sha256(stage / path) for path in sorted(_files(stage))}
        while True:
            version = self._next(manifest.name)
            final = manifest.model_copy(update={"version": version, "files": files})
            (stage / MANIFEST_FILE).write_text(final.model_dump_json(indent=1) + "\n")
            if self._put(stage, final):
                return ModelId(manifest.name, version)

    def _next(self, name: str) -> int:
        return max(self.versions(name), default=0) + 1

    def _put(self, stage: Path, manifest: Manifest) -> bool:
        """Make a finished stage visible; False if another export took the number meanwhile."""
        _flush(stage)
        stage.chmod(0o755)  # mkdtemp made it 0700; the service runs as another user
        try:
            stage.rename(stage.parent / str(manifest.version))
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
                return False
            raise StoreError(f"cannot publish {manifest.name}: {error.strerror}") from error
        return True


def manifest_of(model: ModelId, folder: Path) -> Manifest:
    """Read the manifest of a folder that is said to hold a model.

    Raises:
        ManifestInvalid: It cannot be read, or is of another model or version.
    """
    manifest = read_manifest(folder)
    if (manifest.name, manifest.version) != model:
        message = f"the manifest of {model} says {manifest.name}@{manifest.version}"
        raise ManifestInvalid(message)
    return manifest


def check_files(model: ModelId, folder: Path, manifest: Manifest) -> None:
    """Check every file of a model's folder against its manifest.

    Raises:
        DigestMismatch: A file is missing, is not listed, or has other bytes.
        UnsafePath: A file is a symbolic link that leads out of its folder.
    """
    found = _files(folder)
    for path in sorted(found | manifest.files.keys()):
        if path not in found:
            raise DigestMismatch(f"{model}: {path} is missing; export the model again")
        if path not in manifest.files:
            raise DigestMismatch(f"{model}: {path} is not listed in its manifest")
        if _sha256(folder / path) != manifest.files[path]:
            raise DigestMismatch(f"{model}: {path} differs from its SHA-256 in the manifest")


def _checked(name: str) -> str:
    if not re.fullmatch(NAME_PATTERN, name):
        message = (
            f"{name!r} is not a model's name: lower-case letters, digits and hyphens, "
            "a letter first, at most 63 characters"
        )
        raise UnsafePath(message)
    return name


def _files(folder: Path) -> set[str]:
    """List a folder's files but its manifest, refusing links that lead out."""
    inside = folder.resolve()
    found = set()
    for path in folder.rglob("*"):
        if not path.resolve().is_relative_to(inside):
            raise UnsafePath(f"{path} leads out of its model's folder")
        if path.is_file() and path != folder / MANIFEST_FILE:
            found.add(path.relative_to(folder).as_posix())
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(folder: Path) -> None:
    """Have every file and folder on the disk before the rename makes them visible."""
    for path in [folder, *folder.rglob("*")]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
