"""What can go wrong with a request. Messages are shown to the caller; statuses: `problem_details`.

AtlasError
├── Unauthorised, ModelNotFound, UnknownItem
├── NotAcceptable, UnsupportedBody, BodyTooLarge, BrokenBody, SlowBody
├── InvalidRequest
│   ├── InvalidLatent
│   └── InvalidImage
├── Busy
│   └── Expired
├── Abandoned
└── NotReady
"""


class AtlasError(Exception):
    """A failure that the caller can act on. Base of this module's errors."""


class Unauthorised(AtlasError):
    """The API key is missing or wrong."""


class ModelNotFound(AtlasError):
    """No model of that name or version is served."""


class UnknownItem(AtlasError):
    """The model's data set has no item of that number, or no items at all."""


class NotAcceptable(AtlasError):
    """None of the formats that the caller accepts can be given."""


class UnsupportedBody(AtlasError):
    """The body's type is not one that this path reads, or the bytes are not of that type."""


class BodyTooLarge(AtlasError):
    """The body has more bytes than `ATLAS_MAX_BODY_BYTES`; nothing of it is read."""


class BrokenBody(AtlasError):
    """The connection ended before the body did."""


class SlowBody(AtlasError):
    """The body fell further behind the least rate than `ATLAS_BODY_SECONDS`."""


class InvalidRequest(AtlasError):
    """A value is wrong: the message says which, what came and what was wanted."""


class InvalidLatent(InvalidRequest):
    """A latent vector has the wrong length, or a value that is not finite."""


class InvalidImage(InvalidRequest):
    """An image is broken, or too large to decode."""


class Busy(AtlasError):
    """As much work as allowed is waiting; the same request may succeed in a moment."""


class Expired(Busy):
    """The request's time was over before its turn came; nothing was computed for it."""


class Abandoned(AtlasError):
    """The client hung up; nobody is there to read this."""


class NotReady(AtlasError):
    """No model is loaded yet, or the service is shutting down."""
