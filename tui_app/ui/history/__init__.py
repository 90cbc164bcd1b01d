"""History: the runs that are kept, to be opened, resumed and exported."""
