"""What a person can have got wrong when training. `python -m training` prints one and exits 2."""


class TrainingError(Exception):
    """Base of the expected failures. The message says what was wrong and what to do."""


class ConfigInvalid(TrainingError):
    """A configuration is unknown, or a key of it is wrong."""


class DataUnreadable(TrainingError):
    """The images are not there, are not images, or do not fit the configuration."""


class RunInvalid(TrainingError):
    """A run folder is missing, incomplete, or of another configuration."""


class Diverged(TrainingError):
    """The loss or a weight is no longer a finite number."""
