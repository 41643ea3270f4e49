"""The pictures of studies: a module a kind."""
