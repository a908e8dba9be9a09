"""Stand-ins for Pulumi's plugins: they speak the engine's own protocol, to moto and to real API servers."""
