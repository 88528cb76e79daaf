"""What only one chapter needs, one folder a chapter."""
