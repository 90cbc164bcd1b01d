"""The panel of requests: figures of each method, and a row a request."""
