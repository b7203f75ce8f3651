"""What a page of ours may load (Content Security Policy, level 3): nothing that is not named.

For the frame around every answer (`frame/policies.py`), and for pages that know only while they are made what more they
need: where a stream comes from.
"""

from collections.abc import Iterable
from typing import Final

_PAGE: Final = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "manifest-src": ("'self'",),
    "worker-src": ("'self'",),
    "form-action": ("'self'",),
    "base-uri": ("'none'",),
    "frame-ancestors": ("'none'",),
}


def content_security_policy(**more: Iterable[str]) -> str:
    """A page's policy, with sources added: `content_security_policy(script_src=["'wasm-unsafe-eval'"])`."""
    extra = {name.replace("_", "-"): tuple(sources) for name, sources in more.items()}
    parts = {name: (*sources, *extra.pop(name, ())) for name, sources in _PAGE.items()}
    parts.update(extra)
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in parts.items())
