"""`python -m penstock` is the command `penstock`."""

from penstock.cli.entry import entry

if __name__ == "__main__":
    entry()
