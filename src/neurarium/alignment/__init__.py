"""Alignment: how alike two systems are; functions of arrays, never of our classes."""
