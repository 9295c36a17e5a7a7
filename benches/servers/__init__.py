"""What the clients talk to: nginx for throughput, a server with a known delay for latency."""
