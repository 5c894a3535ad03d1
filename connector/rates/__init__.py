"""What a service says of its limits, kept and shared, so that a call waits before it is refused."""
