"""Language models: what they answer, how they are opened and run, and where they are kept."""
