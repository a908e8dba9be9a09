"""The parts a fleet is made of; each takes plain values and other parts' outputs."""
