"""Studies: one file, one set of claims; nothing imports a study."""
