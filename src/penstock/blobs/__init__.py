"""Where files are kept: a folder of this machine, or Azure Storage."""
