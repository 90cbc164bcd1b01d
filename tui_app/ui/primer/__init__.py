"""The primer: five lessons in waiting, live on the demo server."""
