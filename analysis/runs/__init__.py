"""Runs of scenarios: one as a process, many on cores or a cluster, and the file that keeps them."""
