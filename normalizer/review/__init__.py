"""Decisions of people: their file, the session that makes them, its face at the terminal."""
