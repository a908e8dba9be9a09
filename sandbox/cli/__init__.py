"""The sandbox's commands: what `make up`, `make down` and the others run."""
