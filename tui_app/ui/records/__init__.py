"""The panel of records: a run's rows, searched and sorted, and one record in full."""
