"""Pictures that several scenes share, fed with arrays."""
