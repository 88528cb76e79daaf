"""All that drives torch and diffusers: loading, sampling, watching, bridging."""
