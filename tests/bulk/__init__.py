"""Bulk: an operation once for each row of a file."""
