"""The pieces of the report: numbers as text, tables, figures, the strip of a comparison, and the page's own files.

A new figure is one function that gives a :class:`~neurarium.engine._report.figures.Figure`, in ``figures.py`` (rows and
curves) or ``arrays.py`` (arrays), added to ``FIGURES`` in ``report.py``: chooser, drawing and table come with it.
"""
