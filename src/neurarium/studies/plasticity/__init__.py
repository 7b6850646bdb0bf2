"""Studies of the room plasticity."""
