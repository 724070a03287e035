"""What an authenticator says, read strictly: Web Authentication Level 3 (W3C), CTAP 2.2, RFC 8949, RFC 9053."""
