"""Cost: what a computation takes, counted at operator level."""
