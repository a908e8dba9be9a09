"""Commands for a fleet: `python -m ops COMMAND`. Only `leftovers --delete`, `recover` and `rotate` change a fleet."""
