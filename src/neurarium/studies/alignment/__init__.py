"""Studies of the room alignment."""
