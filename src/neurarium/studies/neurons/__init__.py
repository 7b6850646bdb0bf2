"""Studies of the room neurons."""
