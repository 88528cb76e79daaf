"""The command line `spectral`, above scenes and numbers: one module a command, which `main` gathers."""
