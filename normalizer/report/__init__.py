"""What was found, for people and programs to read."""
