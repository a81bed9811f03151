"""Reads a record's fields, in groups of those that the same thing fits, into a row's values."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Self

from sqlalchemy import Table
from sqlmodel import SQLModel

from cafe24.products.tables.fits import Fit, fit_for

Shape = tuple[str, ...]
"""The names of a record's fields, in its order. A mall's records have one or two."""

Groups = tuple[tuple[tuple[str, ...], Fit], ...]
"""The names of a record's fields in groups, each with what turns its values into a column's."""

_Read = Callable[[Mapping[str, Any]], Sequence[Any]]
_Way = tuple[tuple[tuple[_Read, Fit], ...], Callable[[list[Any]], Sequence[Any]]]

_REMEMBERED = 64
"""Shapes, a kind of record."""


class Fields:
    """Fields that one kind of record may have, each of which has a column.

    Attributes:
        groups: the fields by what fits them.
        names: all of them, in the order of their values.
    """

    def __init__(self, groups: Groups, names: Sequence[str]) -> None:
        self.groups = groups
        self.names = tuple(names)
        self._way = lru_cache(_REMEMBERED)(self._way_for)
        self.occurring = lru_cache(_REMEMBERED)(self._occurring)

    @classmethod
    def of(cls, shape: type[SQLModel], table: Table) -> Self:
        """Return the fields of a model; the type of a field's column says what fits it."""
        groups: dict[Fit, list[str]] = {}
        for name in shape.model_fields:
            groups.setdefault(fit_for(table.columns[name].type), []).append(name)
        return cls(
            tuple((tuple(names), fit) for fit, names in groups.items()), [*shape.model_fields]
        )

    def _occurring(self, shapes: frozenset[Shape]) -> "Fields":
        """Return those of the fields that occur in any of these shapes."""
        there = frozenset[str]().union(*shapes)
        return Fields(self.groups, [name for name in self.names if name in there])

    def values(self, record: Mapping[str, Any]) -> Sequence[Any]:
        """Return the columns' values; a missing field is None.

        Raises:
            KeyError, TypeError, ValueError, ArithmeticError: one does not fit.
        """
        readers, in_order = self._way(tuple(record))
        values: list[Any] = [None]
        for read, fit in readers:
            values += fit(read(record))
        return in_order(values)

    def _way_for(self, shape: Shape) -> _Way:
        """Return how records of a shape are read: group by group, then in order.

        What is not there is not looked for: its place is that of the None before all others.
        """
        readers: list[tuple[_Read, Fit]] = []
        places: dict[str, int] = {}
        for names, fit in self.groups:
            if there := [name for name in names if name in shape]:
                readers.append((_picker(there), fit))
                places |= {name: len(places) + at for at, name in enumerate(there, start=1)}
        return tuple(readers), _picker([places.get(name, 0) for name in self.names])


def _picker(keys: Sequence[Any]) -> Callable[[Any], Sequence[Any]]:
    """Return what picks the values at these keys; itemgetter gives a single one bare."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda held: tuple(held[key] for key in keys)
