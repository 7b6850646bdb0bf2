"""Studies of the room synapses."""
