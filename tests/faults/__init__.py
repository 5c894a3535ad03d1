"""A proxy that breaks things between a client and the sandbox, and the laws that hold whatever it breaks."""
