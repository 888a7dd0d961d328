"""What went wrong with a server, read from what it left.

:mod:`.logs` finds the place in the script, :mod:`.deaths` how a process ended, :mod:`.missing_file`
why a file is not found, and :mod:`.scoring_errors` why a request was refused.
"""
