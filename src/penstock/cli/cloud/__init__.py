"""Running load tests on a server through its cloud load test API, as any client of that does."""
