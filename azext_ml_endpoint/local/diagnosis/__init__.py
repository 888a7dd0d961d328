"""What went wrong with a server, read from what it left.

:mod:`.logs` finds the place in the script, :mod:`.deaths` how a process ended, :mod:`.missing_file`
and :mod:`.missing_module` why something is not found, :mod:`.next_step` what to do about it, and
:mod:`.scoring_errors` why a request was refused.
"""
