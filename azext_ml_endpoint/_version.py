"""The one place of the version; setup.py reads it as text."""

VERSION = "1.0.0b1"
