"""Writing many rows at once, as an administrator."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from sqlmodel import SQLModel

from sluicegate.adapters.sql.engine import Database
from sluicegate.adapters.sql.statements import Statements
from sluicegate.adapters.sql.tables import table_of

SEED_SEAM: Final = "seed.rows"


def seed_rows(database: Database, rows: Iterable[SQLModel]) -> int:
    """Insert rows of any tables, in any order, in one transaction; return how many.

    Parents are written before what refers to them. Raise Conflict for a row that is there already.
    """
    by_model: dict[type[SQLModel], list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        # The instance's own fields without its mapper's bookkeeping; model_dump is far slower.
        held = {name: value for name, value in vars(row).items() if not name.startswith("_")}
        by_model[type(row)].append(held)
    order = {table.name: place for place, table in enumerate(SQLModel.metadata.sorted_tables)}
    models = sorted(by_model, key=lambda model: order[table_of(model).name])
    with database.writing(SEED_SEAM) as connection:
        statements = Statements(connection)
        for model in models:
            statements.insert_many(model, by_model[model])
    return sum(len(batch) for batch in by_model.values())
