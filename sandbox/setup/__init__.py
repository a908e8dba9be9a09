"""Setting up: fill `.venv`, and compile the tools."""
