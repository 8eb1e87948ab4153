from numba.core.caching import CacheImpl

from curvae.jit import compiled


def test_where_nothing_can_be_kept_functions_are_compiled_all_the_same(monkeypatch):
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    doubled = compiled(lambda x: 2 * x, frozenset())
    assert doubled(3.0) == 6
    assert not doubled.stats.cache_path
