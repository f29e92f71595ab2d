"""Learned weights, each with its card. No code."""
