"""Azure Resource Manager: requests, answers, what takes minutes, and why something was refused.

:mod:`.client` is the only door. :mod:`.body` reads answers, :mod:`.operations` follows what takes
minutes, :mod:`.turns` waits where somebody else is at work. :mod:`.errors` makes of a refusal one
of ours: :mod:`.reasons` digs out why, :mod:`.messages` reads a single text.
"""
