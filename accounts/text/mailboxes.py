"""Which mailbox an address belongs to: many addresses can be read in one."""

# Google ignores dots, and has two names for one service.
_GOOGLE = {"gmail.com", "googlemail.com"}


def mailbox_of(address: str) -> str:
    """The address by which mail to one mailbox is counted: without its +tag, nor dots where they mean nothing (A51).

    `address` is in its canonical spelling. The result is for counting, and is never written to.
    """
    local, at, domain = address.rpartition("@")
    if not at:
        return address
    # An address that begins with the sign has no other name.
    local = local.partition("+")[0] or local
    if domain in _GOOGLE:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"
