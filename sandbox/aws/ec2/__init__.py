"""EC2's rules that moto leaves out, a module for each noun and a function for each rule."""
