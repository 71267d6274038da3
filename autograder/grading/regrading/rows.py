"""Copy all rows of a gradebook into another one, wherever the two are kept."""

from __future__ import annotations

from nbgrader.api import Assignment, Base
from sqlalchemy import create_engine, select

from autograder.grading.keeping.gradebook import create_gradebook


def courses_in(url: str) -> set[str]:
    """The names of the courses that have lessons in a gradebook."""
    engine = create_engine(url)
    try:
        with engine.connect() as reading:
            return set(reading.execute(select(Assignment.course_id).distinct()).scalars())
    finally:
        engine.dispose()


def copy_gradebook(source: str, target: str) -> None:
    """Put the rows of one gradebook in the place of those of another, in one transaction.

    What other programs write meanwhile is in the copy as a whole or not at all.

    Parameters
    ----------
    source, target : str
        URLs of SQLAlchemy. The target is made if need be.
    """
    create_gradebook(target)
    old, new = create_engine(source), create_engine(target)
    tables = Base.metadata.sorted_tables
    try:
        with old.connect() as reading, new.begin() as writing:
            if old.dialect.name == "sqlite":
                # Python's driver would begin no transaction for reading.
                reading.exec_driver_sql("BEGIN")
            else:
                reading.execution_options(isolation_level="REPEATABLE READ")
            for table in reversed(tables):
                writing.execute(table.delete())
            for table in tables:
                rows = [dict(row) for row in reading.execute(select(table)).mappings()]
                if rows:
                    writing.execute(table.insert(), rows)
    finally:
        old.dispose()
        new.dispose()
