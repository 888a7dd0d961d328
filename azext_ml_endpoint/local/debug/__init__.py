"""A scoring script under a debugger.

:mod:`.debugger` says what that means, :mod:`.debugging` is the driver that heeds it. A server gets
the folder of :mod:`.debug_folder`, in which :mod:`.debug_hook` starts debugpy, which comes from
:mod:`.debugger_environment`. :mod:`.launching` tells VS Code, in the file that :mod:`.launch_json`
edits.
"""
