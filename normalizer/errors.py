"""The errors a caller can act on. Each message names the place, the fault and the cure."""


class NormalizerError(Exception):
    """Base of every error this package raises on purpose."""


class TableError(NormalizerError):
    """A rule table or name list is not valid. The message lists every fault, one a line."""


class DocumentError(NormalizerError):
    """A document cannot be read or written. The message names file, place and cure."""


class UsageError(NormalizerError):
    """A call that cannot be carried out as asked, such as writing over the input."""


class ModelError(NormalizerError):
    """A language model cannot be fetched, opened or trusted. The message names it and the cure."""
