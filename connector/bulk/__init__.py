"""An operation, once for each row of a file: read, mapped, checked, run, and gone on with after a crash."""
