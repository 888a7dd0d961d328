"""Saved files become what serves on this machine, one after the other, until somebody ends it."""
