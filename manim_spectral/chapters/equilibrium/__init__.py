"""The chapter about the unstable equilibrium."""
