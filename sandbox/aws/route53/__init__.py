"""Route 53's rules that moto leaves out."""
