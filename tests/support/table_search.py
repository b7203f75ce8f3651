"""Looks for words in every table, for tests of what is kept nowhere."""

from sqlalchemy import text

from admitone.plumbing.database import Reader


async def tables_with(reader: Reader, words: str) -> list[str]:
    """Every table in which some row has these words, as text or as bytes."""
    names = (
        await reader.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"))
    ).scalars()
    return [
        name
        for name in list(names)
        if (
            await reader.execute(
                text(
                    f"SELECT EXISTS (SELECT FROM {name} AS r WHERE strpos(r::text, :words) > 0 "
                    "OR strpos(r::text, :bytes) > 0)"
                ),
                {"words": words, "bytes": words.encode().hex()},
            )
        ).scalar_one()
    ]
