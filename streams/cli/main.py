"""The command ``weathervane``: a Python that is too old is refused in a sentence.

The commands are in `streams.cli.commands`. This module holds no newer syntax, so that an older
Python can compile it and say what is wrong.
"""

from streams.cli.python_version import require


def main() -> None:
    """Check the Python, then run the command line."""
    require()
    # Imported only now: it needs a newer Python, and packages that an older one may not have.
    from streams.cli.commands import run

    run()


if __name__ == "__main__":
    main()
