"""Comparing methods: the sweep, statistics, the ideal, the explanation; and forecasts of runs."""
