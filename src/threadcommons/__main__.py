"""`python -m threadcommons` is the command `threadcommons`."""

from .cli import main

if __name__ == "__main__":
    main()
