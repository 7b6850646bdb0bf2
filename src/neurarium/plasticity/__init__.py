"""Plasticity: rules that change a weight matrix from what its two sides did."""
