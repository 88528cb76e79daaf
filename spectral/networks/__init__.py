"""Networks that diffusers does not bring."""
