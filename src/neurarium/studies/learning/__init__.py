"""Studies of the room learning."""
