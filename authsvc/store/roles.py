"""PostgreSQL roles: the owner changes the schema, the application only adds to the log; and no replica that lags.

The evidence format, section 8: INSERT and SELECT alone on what is append-only, the owner's role not used at run time,
no asynchronous replicas for the log. SQLite knows no roles; there triggers alone stand before a mistake.
"""

import asyncpg

from authsvc.store import Reads

APPEND_ONLY = (
    *("entry", "checkpoint", "cosignature", "anchor", "anchor_material", "renewal", "renewed", "renewed_again"),
    "predecessor",
)
READ_ONLY = ("migration",)


async def grant(owner_url: str, role: str) -> None:
    """Give the application's role what it needs and no more. Run after each migration, as the owner."""
    connection = await asyncpg.connect(owner_url)
    try:
        name = await connection.fetchval("select quote_ident($1)", role)
        schema = await connection.fetchval("select quote_ident(current_schema())")
        async with connection.transaction():
            await connection.execute(f"grant usage on schema {schema} to {name}")
            await connection.execute(f"grant select, insert, update, delete on all tables in schema {schema} to {name}")
            await connection.execute(f"grant usage on all sequences in schema {schema} to {name}")
            await connection.execute(f"revoke update, delete, truncate on {', '.join(APPEND_ONLY)} from {name}")
            await connection.execute(f"revoke insert, update, delete, truncate on {', '.join(READ_ONLY)} from {name}")
    finally:
        await connection.close()


async def faults(url: str) -> list[str]:
    """Why this database, as this URL reaches it, must not hold the log of a production service."""
    connection = await asyncpg.connect(url)
    try:
        found = []
        if await connection.fetchval("select rolsuper from pg_roles where rolname = current_user"):
            found.append("the service connects as a superuser; give it a role of its own (`owner_database`)")
        elif await connection.fetchval(
            "select tableowner = current_user from pg_tables"
            " where schemaname = current_schema() and tablename = 'entry'"
        ):
            found.append("the service connects as the owner of the log's tables; give it a role of its own")
        replicas = await connection.fetchval("select count(*) from pg_stat_replication")
        if replicas and not await connection.fetchval("select current_setting('synchronous_standby_names')"):
            found.append(
                f"{replicas} asynchronous replicas: what one lacks at a fail-over is lost;"
                " name them in synchronous_standby_names"
            )
        return found
    finally:
        await connection.close()


async def room(reads: Reads) -> int:
    """Connections that the server of this PostgreSQL store has for all roles that are no superusers."""
    row = await reads.one(
        "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        " - coalesce(current_setting('reserved_connections', true)::int, 0) as room"
    )
    return row["room"] if row else 0
