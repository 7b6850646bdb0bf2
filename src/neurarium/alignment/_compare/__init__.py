"""What :func:`~neurarium.alignment.compare` is made of: systems, measures, draws, trust, and the table they end in."""
