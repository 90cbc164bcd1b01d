"""iucn-tui: fetch data from the IUCN Red List API by three methods, and compare them."""

__version__ = "0.1.0"
