"""The chapter about two forms of iterative refinement."""
