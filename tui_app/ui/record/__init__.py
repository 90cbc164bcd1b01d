"""One record in full: what it says of itself, list by list, text by text."""
