"""The project's own measures: floors for evaluation data, and speed beside peers."""
