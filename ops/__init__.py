"""Commands for a fleet that exists: `python -m ops map|tunnel|preview`. None of them changes the fleet."""
