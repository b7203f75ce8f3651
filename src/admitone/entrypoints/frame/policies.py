"""The headers that keep a page to itself: what it may load, where its forms may go, who may frame it.

Nothing is allowed that is not named. Two kinds of page need more: the check-in page compiles a decoder
(WebAssembly) and uses the camera, and pages from which somebody goes on to pay may send their forms to the
payment providers.
"""

from dataclasses import dataclass
from typing import Final

from admitone.entrypoints.page_policy import content_security_policy
from admitone.entrypoints.surfaces import is_data

Header = tuple[bytes, bytes]

_DATA: Final = "default-src 'none'; frame-ancestors 'none'"
_NO_SENSORS: Final = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
_CAMERA: Final = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"


def _is_checkin(path: str) -> bool:
    return path.startswith("/checkin/") or (path.startswith("/organiser/") and path.endswith("/check-in"))


def _leads_to_payment(path: str) -> bool:
    return path.startswith("/checkout/") or (path.startswith("/orders/") and path.endswith("/pay"))


def _shows_a_letter(path: str) -> bool:
    return path.startswith("/dev/mailbox/")


@dataclass(frozen=True, slots=True)
class Policies:
    """`pay_hosts` are the origins of payment pages elsewhere (`https://checkout.example`), as the capabilities of
    the providers name them; the sandbox needs none.
    """

    is_https: bool
    pay_hosts: tuple[str, ...] = ()

    def for_path(self, path: str) -> list[Header]:
        """The headers of an answer at this path. An answer's own headers of the same name win."""
        camera = _is_checkin(path)
        if is_data(path):
            policy = _DATA
        elif camera:
            policy = content_security_policy(script_src=["'wasm-unsafe-eval'"])
        elif _leads_to_payment(path) and self.pay_hosts:
            policy = content_security_policy(form_action=self.pay_hosts)
        elif _shows_a_letter(path):
            policy = content_security_policy(frame_src=["'self'"])
        else:
            policy = content_security_policy()
        headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"permissions-policy", (_CAMERA if camera else _NO_SENSORS).encode()),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if self.is_https:
            headers.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
        return headers
