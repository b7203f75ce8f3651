"""What is said no to before anybody looked at what is wanted: the request itself is not one we can read."""

from admitone.values.refusals import Forbidden, Invalid, NotFound, Refusal


class UnknownHost(Invalid):
    """The `Host` header names a site that is not this one."""

    code = "request.unknown_host"
    text = "This site does not answer to that name."


class BehindProxy(Forbidden):
    """A development site was asked through a proxy that it does not know: it is not only on this machine after all."""

    code = "request.behind_proxy"
    text = (
        "This site runs for trying it out on one machine, and your request came through a proxy. Whoever runs it sets "
        "ADMITONE_BASE_URL to its public address and ADMITONE_TRUSTED_PROXIES to the proxy's, and starts it again."
    )


class NotAsPrinted(Forbidden):
    """What only development has was asked for at another address than the one the site printed."""

    code = "request.not_as_printed"
    text = (
        "This page is for whoever tries the site out, and opens only at the address that was printed when it started. "
        "If others can reach this site, set ADMITONE_BASE_URL and ADMITONE_TRUSTED_PROXIES."
    )


class BadAddress(Invalid):
    """A NUL byte in the address: nothing we have is called that, and a database could not even ask."""

    code = "request.bad_address"
    text = "This address cannot be read."


class TooLong(Invalid):
    """More bytes than are read in one go."""

    code = "request.too_long"
    text = "That is more than we read in one go: at most {most_kib} KiB."


class TooSlow(Invalid):
    """The body did not arrive in time."""

    code = "request.too_slow"
    text = "Your request did not arrive in time. Please send it again."


class Unreadable(Invalid):
    """Not JSON, not a form, not UTF-8: nothing was read, so nothing was done."""

    code = "request.unreadable"
    text = "We could not read what you sent. Nothing was changed."


class UnstorableText(Invalid):
    """A NUL or half a surrogate pair in a text."""

    code = "request.unstorable_text"
    text = "A text contains characters that do not exist. Please remove them."


class NoSuchAddress(NotFound):
    """No route has this path."""

    code = "request.no_such_address"
    text = "There is nothing at this address."


class MethodNotAllowed(Invalid):
    """The path exists, and cannot be asked in this way."""

    code = "request.method_not_allowed"
    text = "This address cannot be used in that way."


class BadField(Invalid):
    """A field of another kind, size or shape than it has to be."""

    code = "request.bad_field"
    text = "{reason}"


class MissingField(Invalid):
    """A field that has to be there is not."""

    code = "request.missing_field"
    text = "This is missing."


class UnknownField(Invalid):
    """A field nobody asked for: refused, because it may be a misspelt one that mattered."""

    code = "request.unknown_field"
    text = "There is no such field."


class Fault(Refusal):
    """Something of ours broke. What it was is in the log, under the request's id, and nowhere else."""

    code = "server.fault"
    text = "Something broke on our side. We have written it down; please try again in a moment."
