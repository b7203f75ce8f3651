"""Turns a view (what a page says) and a chrome (who is looking) into HTML.

A view is a frozen dataclass that names its own template, so a route cannot pair the wrong two. Names a
template does not find are errors, and everything is escaped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import ClassVar, Final, Protocol

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

THEMES: Final = frozenset({"light", "dark"})
FOLDER: Final = Path(__file__).parent


class View(Protocol):
    """Anything a template can show. `template` is its path below `pages/`, such as `home/home.html`."""

    template: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence about what has just happened, shown once at the top. `kind`: ok, info, warn or bad.

    `at` is the section it is about, on a page too long for its top to be in sight; empty for the top.
    """

    text: str
    kind: str = "ok"
    at: str = ""


@dataclass(frozen=True, slots=True)
class Chrome:
    """What surrounds every page: who is signed in, what they may reach, the form token, the chosen theme.

    `csrf_token` goes into every POST form as the field `csrf`. `theme` is `light`, `dark` or None (follow the
    system). `path` is the path of this page. `origin` is `https://host` for canonical addresses and link
    previews. `mailbox_url` is set only in development. `person_name` is None for somebody not signed in;
    `is_known` is False when it could not be asked whether they are.
    """

    csrf_token: str
    path: str = "/"
    origin: str = ""
    person_name: str | None = None
    is_organiser: bool = False
    theme: str | None = None
    notice: Notice | None = None
    mailbox_url: str | None = None
    is_known: bool = True


class _Compiled(BytecodeCache):
    """What templates were compiled to, kept while the process lives: another site in it compiles none of them again."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """As `BytecodeCache.load_bytecode`: of the same source only."""
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """As `BytecodeCache.dump_bytecode`."""
        self._kept[bucket.key] = (bucket.checksum, bucket.code)


_COMPILED: Final = _Compiled()


class Pages:
    """The templates, ready to render. Built once per process. `site_name` is what the site calls itself."""

    def __init__(
        self,
        static: Callable[[str], str],
        *,
        site_name: str = "Admit One",
        folder: Path = FOLDER,
    ) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=_COMPILED,
        )
        self._environment.globals["static"] = static
        self._environment.globals["site_name"] = site_name
        self._environment.globals["icons_url"] = static("icons.svg")

    def render(self, view: View, *, chrome: Chrome) -> str:
        """The whole page. Templates see the view as `v` and the surroundings as `chrome`."""
        return self._environment.get_template(view.template).render(v=view, chrome=chrome)

    def warm(self) -> int:
        """Compile every template now instead of on first use; returns how many there are."""
        names = self._environment.list_templates(extensions=["html"])
        for name in names:
            self._environment.get_template(name)
        return len(names)
