"""Learning: how credit reaches weights, and what keeps old knowledge."""
