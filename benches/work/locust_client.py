"""Which of Locust's clients the files here use, and how a start-up run ends."""

import os

from locust import FastHttpUser, HttpUser, constant
from locust.exception import StopUser

PATH = os.environ["BENCH_PATH"]
_users_left = None


class Client(FastHttpUser if os.environ["BENCH_CLIENT"] == "FastHttpUser" else HttpUser):
    """One user without think time."""

    abstract = True
    wait_time = constant(0)

    def on_start(self) -> None:
        if isinstance(self, HttpUser):
            self.client.verify = False

    def leave_if_once(self) -> None:
        """In a start-up run, end it when each user has done its work one time."""
        global _users_left
        if not os.environ["BENCH_ONCE"]:
            return
        if _users_left is None:
            _users_left = self.environment.parsed_options.num_users
        _users_left -= 1
        if _users_left == 0:
            self.environment.runner.quit()
        raise StopUser
