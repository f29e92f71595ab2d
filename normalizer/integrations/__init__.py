"""Adapters for frameworks. Each imports its host only when it is used."""
