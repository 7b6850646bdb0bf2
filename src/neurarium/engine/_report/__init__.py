"""The pieces of the report: numbers as text, tables, figures, the strip of a comparison, and the page's own files.

A new figure is one function in ``figures.py`` that gives a :class:`~neurarium.engine._report.figures.Figure`,
added to ``FIGURES`` there: chooser, drawing and table come with it.
"""
