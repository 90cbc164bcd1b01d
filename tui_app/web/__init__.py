"""The application in a browser: access by key, and one process per page.

:mod:`.access` checks keys and hosts, :mod:`.server` serves pages and downloads. Only the command
line imports this package. textual-serve (an extra) connects the page with the process.
"""
