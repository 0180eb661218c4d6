"""What of the images becomes part of a model that is published."""

from argparse import Namespace
from dataclasses import dataclass
from typing import Literal

WhichItems = Literal["all", "test"]
ThumbnailSize = Literal["small", "full"]


@dataclass(frozen=True)
class ExportOptions:
    """The options of every command that publishes a model."""

    images: bool = True
    """Whether images may be part of it: thumbnails, and a figure."""
    items: WhichItems | None = None
    """Which images have a point, columns and a thumbnail; by itself all of one's own data, and the
    test images of a data set that is known by name."""
    thumbnails: ThumbnailSize = "small"
    """At most 64 pixels, or of the model's own size."""

    @classmethod
    def of(cls, arguments: Namespace) -> "ExportOptions":
        """Return what the command line says."""
        return cls(not arguments.without_images, arguments.items, arguments.thumbnails)

    def arguments(self) -> list[str]:
        """Write them for the command line; what is said by saying nothing is left out."""
        words = [] if self.images else ["--without-images"]
        words += ["--items", self.items] if self.items else []
        return words + ([] if self.thumbnails == "small" else ["--thumbnails", self.thumbnails])
