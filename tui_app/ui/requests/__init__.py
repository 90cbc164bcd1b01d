"""The panel of requests: figures of each method, the waterfall, and the same as a table."""
