"""Studies: what a small TOML file asks for, as runs."""
