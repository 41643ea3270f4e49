"""How the tests are themselves tested: planted bugs, fuzzing, coverage and memcheck."""
