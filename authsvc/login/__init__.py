"""Signing in: which step next, a login sealed in the browser's care, the acts that end it, sessions, refused logins."""
