"""The command line: parse, one library call, print, exit code.

Nothing is imported before it is needed: start-up is paid at every call. A new command is a
function in the module of its kind; a new kind is one module and one name below.
"""

from normalizer.cli import (
    completion,
    decisions,
    export,
    folders,
    interchange,
    model,
    names,
    pipe,
    query,
    report,
    review,
    serve,
)
from normalizer.cli.program import INTERRUPTED, main

__all__ = [
    "INTERRUPTED",
    "completion",
    "decisions",
    "export",
    "folders",
    "interchange",
    "main",
    "model",
    "names",
    "pipe",
    "query",
    "report",
    "review",
    "serve",
]
