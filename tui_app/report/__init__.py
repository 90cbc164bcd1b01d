"""Figures and reports: figures as data, drawn for screen, paper and web page; phases; reports.

:mod:`.phases` has the names, glyphs and colours of phases and methods, :mod:`.figure` figures as
data, :mod:`.report` reports of comparisons. Writers are imported from their modules when needed.
"""
