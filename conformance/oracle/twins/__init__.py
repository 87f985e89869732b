"""The cases of the suite, made from CPython: one file per group, named after it."""
