"""The same work with Penstock and with its peers, side by side on one machine; see README.md."""
