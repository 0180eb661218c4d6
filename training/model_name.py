"""What a model is called, so that two sets of images do not become versions of one model."""

import hashlib
import itertools
import re
from pathlib import Path
from typing import NamedTuple

from models.errors import StoreError
from models.manifest import Manifest
from models.store import ModelId, Store
from training.errors import ConfigInvalid


class Images(NamedTuple):
    """What tells sets of images apart."""

    sha256: str
    """Of the images as read."""
    origin: str
    """Of where they were read from; see `origin`."""


def model_name(text: str) -> str:
    """Return a model's name made of any words."""
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return (words if words[:1].isalpha() else f"images-{words}".rstrip("-"))[:63].rstrip("-")


def origin(data: Path | None, name: str) -> str:
    """Return a short digest of a path, or the name of a data set that has one everywhere."""
    if data is None:
        return name
    return hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]


def free_name(store: Store, wanted: str, images: Images) -> str:
    """Return `wanted`, or with a number the first that the store has no other images' model of."""
    names = (wanted if n == 1 else f"{wanted[:59]}-{n}" for n in itertools.count(1))
    return next(name for name in names if other_images(store, name, images) is None)


def check_name(store: Store, name: str, images: Images, remedy: str) -> None:
    """Refuse a name under which the store has a model of other images.

    Raises:
        ConfigInvalid: It has; the message ends in `remedy`.
    """
    if (manifest := other_images(store, name, images)) is not None:
        about = manifest.dataset
        raise ConfigInvalid(
            f"{store.location} has a model {name} of other images ({about.name}: "
            f"{about.train_items + about.test_items:,} images); {remedy}"
        )


def check_writable(store: Store, name: str) -> None:
    """Refuse before a training a store that takes no model after it.

    Raises:
        ConfigInvalid: Nothing can be written there.
    """
    try:
        with store.stage(name):
            pass
    except OSError as error:
        message = (
            f"{store.location} cannot be written ({error.strerror}); name another with --store"
        )
        raise ConfigInvalid(message) from error


def other_images(store: Store, name: str, images: Images) -> Manifest | None:
    """Return the manifest of a name's newest version if that is of other images.

    The same images, or others at the same place, are a new version; so is what cannot be read.
    """
    versions = store.versions(name)
    if not versions:
        return None
    try:
        manifest = store.manifest(ModelId(name, versions[-1]))
    except StoreError:
        return None
    there = manifest.dataset
    known = {there.sha256, there.origin or there.name}  # an old manifest has no origin
    return None if known & set(images) else manifest
