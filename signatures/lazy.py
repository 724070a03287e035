"""Values that are worked out once: by the first look at an attribute, or for bytes that stand in every document.

`functools.cached_property` of Python 3.11 takes a lock for each first look, which costs more than most of these values
do. Without it two threads may work out the same value twice; as all of it is frozen, both get the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, Generic, Self, TypeVar, overload

_T = TypeVar("_T")
_MOST_WORDS: Final = 1024


class lazy(Generic[_T]):
    """`@lazy def name(self)`: an attribute, made by the first look at it."""

    def __init__(self, make: Callable[[Any], _T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> _T: ...

    def __get__(self, instance: object | None, owner: type) -> Self | _T:
        """Not asked again: what the object itself holds under this name comes before this descriptor."""
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._make(instance)
        return value


def keep_words(longest: int) -> Callable[[Callable[[bytes], _T]], Callable[[bytes], _T]]:
    """For a pure function of a few bytes that all documents share (algorithms, key usages): what it gave is kept.

    Beyond `longest` bytes nothing is kept, as a stranger could fill the memory with it.
    """

    def decorate(read: Callable[[bytes], _T]) -> Callable[[bytes], _T]:
        known = lru_cache(maxsize=_MOST_WORDS)(read)
        return lambda data: known(data) if len(data) <= longest else read(data)

    return decorate
