"""A connector that others wrote and installed: a package whose folder is a connector home."""
