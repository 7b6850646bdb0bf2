"""Tasks: sources of data, real ones first; a generated set says so in its card."""
