"""One GET, then a long think."""

import os

from locust import constant, task
from locust_client import PATH, Client


class Idler(Client):
    wait_time = constant(float(os.environ["BENCH_THINK_S"]))

    @task
    def get(self) -> None:
        self.client.get(PATH)
