"""One spelling for every name in machine-translated news, with proof and without harm."""

__version__ = "0.1.0"
