"""Commands for a fleet: `python -m ops map|tunnel|preview|leftovers`. Only `leftovers --delete` changes anything."""
