"""Letters as they are stored, and the reactions that write them, for tests of stories that tell people something."""

from dataclasses import dataclass

from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.plumbing.jobs import Reaction


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """One letter."""

    to_email: str
    cause: str
    reply_to: str | None
    subject: str
    plain: str
    files: dict[str, bytes]

    def file(self, ending: str) -> bytes:
        """The content of its one file with this ending."""
        [content] = [content for name, content in self.files.items() if name.endswith(ending)]
        return content


async def kept(site: Assembly, template: str) -> list[KeptLetter]:
    """All letters of this template, by reader and cause."""
    async with site.database.reading() as reader:
        letters = (
            await reader.execute(
                text(
                    "SELECT id, to_email, cause, reply_to, subject, plain FROM messaging_letter "
                    "WHERE template = :template ORDER BY to_email, cause"
                ),
                {"template": template},
            )
        ).all()
        files = (
            await reader.execute(text("SELECT letter_id, filename, content FROM messaging_attachment"))
        ).all()
    return [
        KeptLetter(
            one.to_email,
            one.cause,
            one.reply_to,
            one.subject,
            one.plain,
            {file.filename: bytes(file.content) for file in files if file.letter_id == one.id},
        )
        for one in letters
    ]


async def react(site: Assembly, kind: str, reaction: str) -> int:
    """Run this reaction to every fact of the kind, as the worker would; how many facts there are."""
    async with site.database.reading() as reader:
        wanted = text("SELECT id FROM journal_fact WHERE kind = :kind ORDER BY id")
        facts = list((await reader.execute(wanted, {"kind": kind})).scalars())
    for fact_id in facts:
        await site.reactions.react(Reaction(fact_id, reaction))
    return len(facts)
