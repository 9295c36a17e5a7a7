"""What can be asked of Penstock: prepare a test, run it, keep it. Faces and the command line speak to these."""
