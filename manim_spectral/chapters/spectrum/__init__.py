"""The chapter from a picture to its curve."""
