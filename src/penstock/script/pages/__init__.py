"""Pages: what a response embeds, fetched as a browser does, but without running any of its scripts."""
