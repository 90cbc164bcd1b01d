"""Figures and reports: what screen, paper and web page show alike, and its writers."""
