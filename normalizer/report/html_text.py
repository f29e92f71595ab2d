"""The one way for text of a document to reach a page of HTML.

Two places of a page take text, and each has its function: element content or a quoted attribute,
and a block of JSON. Both first show by its code what a browser would act upon unseen (a bidi
override reorders a page as it does a terminal).
"""

from __future__ import annotations

import html
import json
from typing import Any

from normalizer.report.safe_text import safe_text

# In <script> a browser looks for `</script` and `<!--`; JavaScript takes the two separators for
# ends of lines. Without these characters the block is safe in every context of a page.
_IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}"}


def html_text(text: str) -> str:
    """The text for element content and quoted attributes, in one line."""
    return html.escape(safe_text(text), quote=True)


def html_json(value: Any) -> str:
    """JSON for ``<script type="application/json">``, every string in it in one line."""
    text = json.dumps(_shown(value), ensure_ascii=False, separators=(",", ":"))
    return text.translate(_IN_SCRIPT)


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, dict):
        return {safe_text(key): _shown(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(one) for one in value]
    return value
