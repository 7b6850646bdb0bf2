"""Neurarium: each brain-inspired idea as a part that combines and as a study with a verdict.

Flow, one way only: task -> part -> recording -> measure -> verdict -> report.

Import from the rooms: ``from neurarium.neurons import LIF``, ``from neurarium.alignment import dsa``.
"""

__version__ = "0.1.0"
