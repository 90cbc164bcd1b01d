"""The chart: execution time against number of pages."""
