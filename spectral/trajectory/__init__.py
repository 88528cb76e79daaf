"""The record of one sampling run, and its file."""
