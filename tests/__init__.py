"""``unit`` mirrors the package, ``functional`` runs az in process, ``integration`` the real az."""
