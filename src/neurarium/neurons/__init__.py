"""Neurons: point models of one cell, elementwise over any shape."""
