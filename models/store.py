"""The store: exported models on disk as `<name>/<version>/`, TensorFlow Serving's layout.

A version appears by one rename of a finished folder, so that a reader never sees half of it;
a folder whose name is not an integer (a stage, say) is not a version.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from models.errors import (
    DigestMismatch,
    ManifestInvalid,
    ModelNotFound,
    StoreError,
    StoreUnreachable,
    UnsafePath,
)
from models.layout import (
    CLUTTER,
    Refused,
    is_clutter,
    is_name,
    is_version,
    printable,
    sort_out,
)
from models.manifest import MANIFEST_FILE, Manifest, read_manifest

STAGE_PREFIX: Final = ".stage-"


class ModelId(NamedTuple):
    """A model of the store; reads `name@version`."""

    name: str
    version: int

    def __str__(self) -> str:
        """Return `name@version`."""
        return f"{self.name}@{self.version}"


class Contents(NamedTuple):
    """What is in a store: every version by name and number, and why other folders are refused."""

    versions: list[ModelId]
    refused: Refused


class Store:
    """A folder of exported models. It may be empty or absent: then it holds no model."""

    def __init__(self, root: Path) -> None:
        """Take the folder; nothing is read yet."""
        self.root = root
        self.location = printable(str(root))  # as people call it

    def contents(self) -> Contents:
        """List every version of every model, and the folders that are refused.

        Raises:
            StoreUnreachable: The store cannot be listed.
        """
        try:
            folders = {
                path.name: _listed(path)
                for path in self.root.iterdir()
                if not is_clutter(path.name) and (is_name(path.name) or path.is_dir())
            }
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not self.root.is_symlink():
                return Contents([], {})
            raise StoreUnreachable(f"{self.location} cannot be read: {error.strerror}") from error
        versions, refused = sort_out(folders)
        return Contents([ModelId(*version) for version in versions], refused)

    def ids(self) -> list[ModelId]:
        """List every version of every model, by name and then by number."""
        return self.contents().versions

    def versions(self, name: str) -> list[int]:
        """List a model's versions, the newest (highest) last; none if there is no such model.

        Raises:
            StoreUnreachable: Its folder cannot be read.
        """
        found = _listed(self.root / _checked(name))
        if isinstance(found, FileNotFoundError):
            return []
        if isinstance(found, OSError):
            raise StoreUnreachable(f"{self.location}/{name} cannot be read: {found.strerror}")
        return sorted(int(version) for version in filter(is_version, found))

    def resolve(self, reference: str) -> ModelId:
        """Find `name` (its newest version) or `name@version`.

        Raises:
            ModelNotFound: There is none; the message lists what there is.
        """
        name, at, version = reference.partition("@")
        versions = self.versions(name) if is_name(name) else []
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
        return []

    def revision(self, model: ModelId) -> object:
        """Return what differs once a version's files have changed: each one's size and times.

        The time of the last change of any kind counts too, as copies may keep the time of writing.
        """
        folder = self.root / _checked(model.name) / str(model.version)
        try:
            about = {path: (folder / path).stat() for path in _files(folder)}
            about[MANIFEST_FILE] = (folder / MANIFEST_FILE).stat()
        except (OSError, UnsafePath) as error:
            return repr(error)
        return sorted((p, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for p, s in about.items())

    def folder(self, model: ModelId) -> Path:
        """Return a version's folder.

        Raises:
            UnsafePath: The folder is a symbolic link that leads out of the store.
        """
        folder = self.root / _checked(model.name) / str(model.version)
        if _leads_out(folder, self.root):
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
    """Check every file of a model's folder against its manifest; hidden ones may be there besides.

    Raises:
        DigestMismatch: A file is missing, is not listed, or has other bytes.
        UnsafePath: A file is a symbolic link that leads out of its folder.
    """
    found = _files(folder)
    for path in sorted(found | manifest.files.keys()):
        if path not in found:
            raise DigestMismatch(f"{model}: {path} is missing; export the model again")
        if path not in manifest.files:
            if any(map(is_clutter, path.split("/"))):
                continue
            raise DigestMismatch(f"{model}: {path} is not listed in its manifest")
        if _sha256(folder / path) != manifest.files[path]:
            raise DigestMismatch(f"{model}: {path} differs from its SHA-256 in the manifest")


def _checked(name: str) -> str:
    if not is_name(name):
        message = (
            f"{name!r} is not a model's name: lower-case letters, digits and hyphens, "
            "a letter first, at most 63 characters"
        )
        raise UnsafePath(message)
    return name


def _listed(folder: Path) -> list[str] | OSError:
    """List a model's folder, without its files; or return why it cannot be listed."""
    try:
        return [p.name for p in folder.iterdir() if is_version(p.name) or p.is_dir()]
    except OSError as error:
        return error


def _files(folder: Path) -> set[str]:
    """List a folder's files but its manifest, refusing links that lead out."""
    found = set()
    for path in _walk(folder):
        if _leads_out(path, folder):
            raise UnsafePath(f"{path} leads out of its model's folder")
        if path.is_file() and path != folder / MANIFEST_FILE:
            found.add(path.relative_to(folder).as_posix())
    return found


def _leads_out(path: Path, folder: Path) -> bool:
    """Tell whether a path is really not in a folder; a loop of links is nowhere."""
    try:
        return not path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return True


def _walk(folder: Path) -> Iterator[Path]:
    """Go through a folder and those in it; `Path.rglob` passes over what it may not read."""
    for path in folder.iterdir():
        yield path
        if path.is_dir() and not path.is_symlink() and path.name.casefold() not in CLUTTER:
            yield from _walk(path)


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
