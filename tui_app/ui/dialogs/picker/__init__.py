"""The operation picker: search, codes, values, a collection of several operations."""
