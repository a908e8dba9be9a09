"""kubefed, the engine: its release, the clusters' membership, and the types that it federates."""
