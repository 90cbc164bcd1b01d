"""The records of a run, as a table of any length."""
