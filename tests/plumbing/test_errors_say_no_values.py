"""What a statement was given does not get into logs with the error it ended in."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from admitone.plumbing.database import Database


async def test_an_error_of_the_database_does_not_say_what_the_statement_was_given(db: Database) -> None:
    with pytest.raises(DBAPIError) as failed:
        async with db.reading() as reader:
            await reader.execute(text("SELECT 1 / :zero, :email"), {"zero": 0, "email": "ann@example.org"})
    assert "division by zero" in str(failed.value)
    assert "ann@example.org" not in str(failed.value)
