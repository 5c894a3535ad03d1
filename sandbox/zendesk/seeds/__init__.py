"""The records of a new account: fixed formulas and fixed ids, so that they are the same every time."""
