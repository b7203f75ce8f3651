"""How often somebody may ask."""

import asyncio
from collections.abc import Callable

import pytest

from admitone.plumbing.limiter import Limiter, Rule, source_key
from admitone.values.refusals import TooMany

RULE = Rule("test", 10, 300)


async def _passed(limiter: Limiter, rule: Rule, *keys: str, tries: int) -> int:
    results = await asyncio.gather(*(limiter.take(rule, *keys) for _ in range(tries)), return_exceptions=True)
    assert {type(one) for one in results if one is not None} <= {TooMany}
    return results.count(None)


async def test_a_rule_lets_as_many_through_as_it_says() -> None:
    limiter = Limiter()
    assert await _passed(limiter, RULE, "198.51.100.7", tries=12) == 10
    with pytest.raises(TooMany) as caught:
        await limiter.take(RULE, "198.51.100.7")
    assert 1 <= caught.value.retry_after_seconds <= 300


async def test_looking_counts_nothing_and_says_when_there_were_enough() -> None:
    limiter = Limiter()
    for _ in range(2 * RULE.most):
        await limiter.look(RULE, "a")
    assert await _passed(limiter, RULE, "a", tries=12) == 10
    with pytest.raises(TooMany) as caught:
        await limiter.look(RULE, "a")
    assert 1 <= caught.value.retry_after_seconds <= 300
    await limiter.look(RULE, "b")


async def test_keys_and_rules_are_counted_apart() -> None:
    limiter = Limiter()
    assert await _passed(limiter, RULE, "a", tries=11) == 10
    assert await _passed(limiter, RULE, "b", tries=11) == 10
    assert await _passed(limiter, RULE, "a", "b", tries=11) == 10
    assert await _passed(limiter, RULE, "ab", tries=11) == 10
    assert await _passed(limiter, Rule("other", 3, 300), "a", tries=11) == 3
    assert await _passed(limiter, RULE, "\udcff", tries=11) == 10


def _fails(*_args: object, **_more: object) -> object:
    raise ConnectionError("the store is away")


async def _hangs(*_args: object, **_more: object) -> object:
    return await asyncio.Event().wait()


@pytest.mark.parametrize("broken", [_fails, _hangs])
async def test_a_store_that_is_away_or_slow_does_not_open_the_gates(
    monkeypatch: pytest.MonkeyPatch, broken: Callable[..., object]
) -> None:
    limiter = Limiter()
    monkeypatch.setattr(limiter._shared.storage, "acquire_sliding_window_entry", broken)
    assert await _passed(limiter, RULE, "198.51.100.7", tries=12) == 10
    monkeypatch.undo()
    assert await _passed(limiter, RULE, "198.51.100.7", tries=12) == 10


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2ff:aaaa::1", "2001:db8:1:200::/56"),
        ("2001:db8:1:200::", "2001:db8:1:200::/56"),
        ("2001:db8:1:300::", "2001:db8:1:300::/56"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::/56"),
        ("", "unknown"),
        ("198.51.100.7, 10.0.0.1", "unknown"),
    ],
)
def test_an_address_stands_for_one_home(address: str, key: str) -> None:
    assert source_key(address) == key
