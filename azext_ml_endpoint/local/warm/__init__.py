"""Starts that find their packages imported.

:mod:`.spare` is a server that waits for its code, by :mod:`.spare_hook`, with what :mod:`.imports`
finds in the script imported. :mod:`.warmth` decides who gets one.
"""
