"""What can be wrong with a store or with a model in it. Messages are written for the user."""


class StoreError(Exception):
    """A model folder cannot be used. Base of this module's errors."""


class ModelNotFound(StoreError):
    """No model of that name or version is in the store."""


class ManifestInvalid(StoreError):
    """The manifest is missing, is not JSON, or breaks its schema."""


class DigestMismatch(StoreError):
    """A file of the model is missing, is not listed, or differs from its SHA-256."""


class GoldenMismatch(StoreError):
    """What is computed differs from the golden pair that is stored with the model."""


class ChartInvalid(StoreError):
    """The chart cannot be read, or is not one of this model."""


class PriorInvalid(StoreError):
    """The prior cannot be read, or is not one of this model."""


class ItemsInvalid(StoreError):
    """The table of items cannot be read, or is not one of this model."""


class UnsafePath(StoreError):
    """A name or a symbolic link leads out of the store."""


class NotAModel(StoreError):
    """A folder of the store is neither a model's nor a version's."""


class StoreUnreachable(StoreError):
    """A store, or a model's folder in it, cannot be read now; a later try may do."""
