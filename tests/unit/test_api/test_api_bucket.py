"""The bucket as the client knows it, between one answer and the next."""

import pytest

from cafe24.api.bucket import LIMIT, SPARE, Bucket


def test_a_fresh_bucket_takes_calls_at_once_until_it_is_full_but_for_the_spare() -> None:
    bucket = Bucket(now=0.0)
    for _ in range(int(LIMIT - SPARE)):
        assert bucket.delay_s(0.0) == 0.0
        bucket.send(0.0)
    assert bucket.delay_s(0.0) == pytest.approx(SPARE / 2)


def test_two_calls_leak_away_each_second() -> None:
    bucket = Bucket(now=0.0)
    for _ in range(LIMIT):
        bucket.send(0.0)
    full_s = (1.0 + SPARE) / 2
    assert bucket.delay_s(0.0) == pytest.approx(full_s)
    assert bucket.delay_s(0.5) == pytest.approx(full_s - 0.5)
    assert bucket.delay_s(1.0) == 0.0


def test_calls_still_on_their_way_are_counted_on_top_of_what_an_answer_says() -> None:
    bucket = Bucket(now=0.0)
    numbers = [bucket.send(0.0) for _ in range(LIMIT - 1)]
    bucket.hear(0.0, numbers[-5], used=LIMIT - 5, limit=LIMIT)
    assert bucket.delay_s(0.0) == pytest.approx(SPARE / 2)


def test_an_answer_overtaken_by_a_later_calls_answer_says_nothing_new() -> None:
    bucket = Bucket(now=0.0)
    first, second = bucket.send(0.0), bucket.send(0.0)
    bucket.hear(0.0, second, used=39, limit=40)
    bucket.hear(0.0, first, used=1, limit=40)
    assert bucket.delay_s(0.0) > 0.0


def test_calls_of_other_programs_make_the_margin_wider_for_a_while() -> None:
    bucket = Bucket(now=0.0)
    bucket.hear(0.0, bucket.send(0.0), used=30, limit=40)
    assert bucket.delay_s(0.0) > 0.0
    assert bucket.delay_s(20.0) == 0.0


def test_a_deeper_bucket_is_used_as_deep_as_it_is() -> None:
    bucket = Bucket(now=0.0)
    bucket.hear(0.0, bucket.send(0.0), used=1, limit=120)
    for _ in range(100):
        assert bucket.delay_s(0.0) == 0.0
        bucket.send(0.0)
