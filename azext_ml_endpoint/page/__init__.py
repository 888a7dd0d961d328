"""A page in a browser: the endpoints of this machine, and what can be done with them.

What a request may do is decided by ``guard`` and ``routes``, which are pure; ``calls`` does it on
what it is given, and ``server`` is the one that listens, on 127.0.0.1 only. Logs are followed by
``tails``. The page itself is ``page.html``, ``page.css`` and a few modules of
JavaScript, which browsers get as they are.
"""
