"""Wrong passwords are counted by name and address, and forgotten."""

from __future__ import annotations

import datetime

import pytest

from penstock.errors import TooManyAttempts
from penstock.services.throttling import Throttle


class Clock:
    def __init__(self) -> None:
        self.time = datetime.datetime(2026, 5, 4, tzinfo=datetime.UTC)

    def now(self) -> datetime.datetime:
        return self.time


def failing(throttle: Throttle, user: str, address: str, times: int) -> None:
    for _ in range(times):
        throttle.verify(user, address)
        throttle.failed(user, address)


def test_the_sixth_try_has_to_wait_until_the_first_is_forgotten() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    failing(throttle, "ann", "10.0.0.1", 5)
    with pytest.raises(TooManyAttempts) as caught:
        throttle.verify("Ann ", "10.0.0.1")
    assert caught.value.after_s == 300
    clock.time += datetime.timedelta(seconds=301)
    throttle.verify("ann", "10.0.0.1")


def test_ann_is_not_shut_out_by_someone_elsewhere() -> None:
    throttle = Throttle(Clock())
    failing(throttle, "ann", "10.0.0.1", 5)
    throttle.verify("ann", "10.0.0.2")


def test_who_knows_the_password_starts_anew() -> None:
    throttle = Throttle(Clock())
    failing(throttle, "ann", "10.0.0.1", 4)
    throttle.succeeded("ann", "10.0.0.1")
    failing(throttle, "ann", "10.0.0.1", 5)


def test_an_address_that_tries_many_names_has_to_wait() -> None:
    throttle = Throttle(Clock())
    for number in range(50):
        failing(throttle, f"user {number}", "10.0.0.1", 1)
    with pytest.raises(TooManyAttempts):
        throttle.verify("another", "10.0.0.1")
