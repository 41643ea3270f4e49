"""What runs, reads and shows the simulator's programs."""
