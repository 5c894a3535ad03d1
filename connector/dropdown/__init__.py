"""Dropdowns: a list operation as choices, those of a field that hangs on others, and the labels of stored values."""
