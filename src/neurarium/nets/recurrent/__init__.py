"""Recurrent nets: rate units and gated cells with an explicit state."""
