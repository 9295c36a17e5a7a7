"""`python -m penstock` is the command `penstock`."""

from penstock.cli.main import entry

if __name__ == "__main__":
    entry()
