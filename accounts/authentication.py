"""Every session names its backend by this path, so that it stays where it is whatever moves."""

from accounts.identity.authentication import MemberBackend

__all__ = ["MemberBackend"]
