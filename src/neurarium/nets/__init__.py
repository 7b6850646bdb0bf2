"""Nets: compounds of atoms; they never assume a learning rule."""
