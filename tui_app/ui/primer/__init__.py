"""The primer: seven lessons in waiting, live on the demo server."""
