"""``python -m neurarium`` is the command ``neurarium``."""

from neurarium.cli import main

if __name__ == "__main__":
    main()
