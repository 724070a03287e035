"""Clients that nobody here wrote: openid-client and oauth4webapi (npm), Authlib (PyPI)."""
