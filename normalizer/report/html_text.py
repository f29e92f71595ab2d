"""The one way for text of a document to reach a page of HTML."""

from __future__ import annotations

import html

from normalizer.report.safe_text import safe_text


def html_text(text: str) -> str:
    """The text for element content and quoted attributes, in one line.

    Characters that act on a terminal act on a page too (a bidi override reorders it), so they
    are shown by their codes as well.
    """
    return html.escape(safe_text(text), quote=True)
