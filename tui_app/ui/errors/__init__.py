"""What went wrong, in groups."""
