"""Figures and reports of comparisons, as data and as SVG, PNG, HTML and Markdown.

:mod:`.phases` has the names, glyphs and colours of phases and methods, :mod:`.figure` figures as
data, :mod:`.report` reports of comparisons. Writers are imported from their modules when needed.
"""
