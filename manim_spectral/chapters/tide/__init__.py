"""The chapter about the rising tide."""
