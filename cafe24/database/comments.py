"""Writes what tables and columns mean into the database, where it keeps such comments.

psql and every other client of PostgreSQL's shows them.
"""

from sqlalchemy import Column, Connection, MetaData, Table
from sqlalchemy.schema import SetColumnComment, SetTableComment

from cafe24.database.declared import VIEW, VIEWED, declared_tables


def write_comments(connection: Connection) -> None:
    """Write every comment anew; SQLite keeps none."""
    if not connection.dialect.supports_comments:
        return
    tables = declared_tables()
    for table in tables.sorted_tables:
        connection.execute(SetTableComment(table))
        _comment_columns(connection, table)
    _comment_columns(connection, _view(tables.tables[VIEWED]))


def _comment_columns(connection: Connection, table: Table) -> None:
    for column in table.columns:
        connection.execute(SetColumnComment(column))


def _view(viewed: Table) -> Table:
    columns = [Column(one.name, one.type, comment=one.comment) for one in viewed.columns]
    return Table(VIEW, MetaData(), *columns)
