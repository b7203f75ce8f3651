"""Somebody with a browser on the live site: what they do in words, and what must never happen meanwhile."""

import io
import re
from dataclasses import dataclass, field
from typing import Any, Final

import pypdfium2
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect

from tests.support.live_site import DEMO_PASSWORD, LiveSite

SIZES: Final = {"phone": (390, 844), "desktop": (1280, 800)}
PATIENCE_MS: Final = 20_000
# Playwright's own five seconds are too few for a busy machine, and nobody waits longer for what is there sooner.
expect.set_options(timeout=PATIENCE_MS)
# Chromium's own line about an answer of 400 or more; `_answered` judges those.
_ABOUT_ANSWER: Final = "Failed to load resource: the server responded with a status of"


@dataclass
class Visitor:
    """One person's browser window. `complaints` must stay empty: `leave` asserts it."""

    site: LiveSite
    context: BrowserContext
    page: Page
    has_script: bool
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a path of the site, or to a whole address."""
        self.page.goto(path if path.startswith("http") else self.site.url + path)

    def press(self, name: str, *, twice: bool = False) -> None:
        """Press the button whose whole name this is; the last one, as one may be hidden for Enter."""
        button = self.page.get_by_role("button", name=name, exact=True).last
        if twice:
            button.dblclick()
        else:
            button.click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        """Click the first link of this name."""
        self.page.get_by_role("link", name=name).first.click()

    def fill(self, label: str, text: str) -> None:
        """Type into the field of this label."""
        self.page.get_by_label(label, exact=True).fill(text)

    def sees_heading(self, text: str | re.Pattern[str]) -> None:
        """The page's main heading is, or becomes, this."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text, timeout=PATIENCE_MS)

    def sees(self, text: str | re.Pattern[str]) -> None:
        """This text is, or becomes, visible."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=PATIENCE_MS)

    def choose(self, type_name: str, quantity: int) -> None:
        """On an event's page: this many of that ticket, by the means at hand."""
        if self.has_script:
            more = self.page.get_by_role("button", name=f"One more: {type_name}", exact=True)
            for _ in range(quantity):
                more.click()
        else:
            self.fill(f"How many: {type_name}", str(quantity))

    def hold(self, slug: str, type_name: str, quantity: int = 1, *, twice: bool = False) -> None:
        """From the event's page to its checkout."""
        self.open(f"/e/{slug}")
        self.choose(type_name, quantity)
        button = self.page.locator("form#tickets button.btn-accent")
        button.dblclick() if twice else button.click()
        self.sees_heading("Checkout")

    def order(self, email: str, method: str | None, *, twice: bool = False, name: str = "Ada Obi") -> None:
        """Fill the checkout in and send it. `method` is one of the sandbox's, or `provider:method`; None when nothing
        is to pay.
        """
        self.fill("Full name", name)
        self.fill("E-mail", email)
        if method is not None:
            key = method if ":" in method else f"sandbox:{method}"
            self.page.locator(f"input[name=method][value='{key}']").check()
        button = self.page.locator("form button.btn-accent.btn-lg")
        button.dblclick() if twice else button.click()

    def pay_at_the_bank(self, *, pays: bool = True, twice: bool = False) -> None:
        """Decide on the sandbox bank's page."""
        self.sees_heading(re.compile("^Pay "))
        button = self.page.locator(f"button[name=decision][value={'pay' if pays else 'fail'}]")
        button.dblclick() if twice else button.click()

    def sign_in(self, email: str, password: str = DEMO_PASSWORD) -> None:
        """With a password, on the sign-in page."""
        self.open("/sign-in")
        self.page.get_by_text("With your password", exact=True).click()
        form = self.page.get_by_role("form", name="Sign in with your password")
        form.get_by_label("E-mail").fill(email)
        form.get_by_label("Password").fill(password)
        form.get_by_role("button", name="Sign in").click()
        expect(self.page).not_to_have_url(re.compile("/sign-in"))

    def open_letter(self, email: str, subject: str) -> None:
        """The letter in the development mailbox, once it has come."""
        listed = self.page.get_by_role("link", name=subject)
        for _ in range(60):
            self.open(f"/dev/mailbox?q={email}")
            if listed.count():
                break
            self.page.wait_for_timeout(250)
        listed.first.click()
        self.sees_heading(subject)

    def fetch(self, path: str) -> bytes:
        """The bytes behind a link, asked for as this visitor."""
        answer = self.context.request.get(path if path.startswith("http") else self.site.url + path)
        assert answer.ok, f"{path}: {answer.status}"
        return answer.body()

    def link_to(self, name: str | re.Pattern[str]) -> str:
        """Where the first link of this name leads."""
        href = self.page.get_by_role("link", name=name).first.get_attribute("href")
        assert href, f"no link named {name}"
        return href

    def leave(self) -> None:
        """Close the window. Fails if the console, the policy or the server complained."""
        self.context.close()
        assert self.complaints == [], "\n".join(self.complaints)


def arrive(site: LiveSite, browser: Browser, size: str, *, has_script: bool = True, **more: Any) -> Visitor:
    """Open a window on the site. `more` goes to the browser context."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        java_script_enabled=has_script,
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(PATIENCE_MS)
    visitor = Visitor(site, context, context.new_page(), has_script)

    def heard(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or (
            message.type == "error" and not message.text.startswith(_ABOUT_ANSWER)
        ):
            visitor.complaints.append(f"console on {visitor.page.url}: {message.text}")

    def answered(response: Response) -> None:
        is_page = response.request.is_navigation_request()
        if response.status >= 500 or (response.status >= 400 and not is_page):
            visitor.complaints.append(f"{response.status} {response.request.method} {response.url}")

    context.on("console", heard)
    context.on("response", answered)
    context.on("weberror", lambda error: visitor.complaints.append(f"script: {error.error}"))
    return visitor


def codes_in_pdf(pdf: bytes) -> list[str]:
    """The text of every QR code in the file, page by page, read as a scanner reads paper."""
    document = pypdfium2.PdfDocument(pdf)
    found: list[str] = []
    for page in document:
        picture = page.render(scale=3).to_pil()
        found += [code.text for code in zxingcpp.read_barcodes(picture) if code.format.name == "QRCode"]
    document.close()
    return found


def qr_pictures(pdf: bytes) -> list[Image.Image]:
    """Each page of the file as a picture, as a camera sees paper."""
    document = pypdfium2.PdfDocument(pdf)
    pictures = [page.render(scale=2).to_pil().convert("RGB") for page in document]
    document.close()
    return pictures


def film(path: str, picture: Image.Image, *, blank_frames: int, code_frames: int) -> None:
    """A film for Chromium's fake camera (frames of Motion JPEG, played in a loop): first nothing, then the
    picture.
    """
    size = (1280, 720)
    nothing = Image.new("RGB", size, (96, 92, 88))
    shown = nothing.copy()
    scale = min(size[0] / picture.width, size[1] / picture.height)
    fitted = picture.resize((int(picture.width * scale), int(picture.height * scale)))
    shown.paste(fitted, ((size[0] - fitted.width) // 2, (size[1] - fitted.height) // 2))
    with open(path, "wb") as out:
        for frame, count in ((nothing, blank_frames), (shown, code_frames)):
            encoded = io.BytesIO()
            frame.save(encoded, "JPEG", quality=88)
            for _ in range(count):
                out.write(encoded.getvalue())
