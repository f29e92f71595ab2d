"""The hand-made facts: name lists, romanization schemes, guards and their sources. No code."""
