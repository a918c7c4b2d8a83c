"""Where a request came from, as it is kept with what it did."""

from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

from accounts.models.sign_in import LONGEST_USER_AGENT
from clinic.client_ip import client_ip, network_of


@dataclass(frozen=True)
class Origin:
    """A network address, as far as it can be trusted (A10), and what the browser says that it is."""

    ip_address: str | None = None
    user_agent: str = ""

    @property
    def network(self) -> str | None:
        """What the address is counted as; None where it is not known."""
        return network_of(self.ip_address)

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """The origin of `request`."""
        return cls(client_ip(request), request.META.get("HTTP_USER_AGENT", "")[:LONGEST_USER_AGENT])
