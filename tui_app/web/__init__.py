"""The application in a browser: who may come in, and a process of its own for each page.

Nothing below the command line imports it. textual-serve (an extra) carries keys and pictures
between the page and the process.
"""
