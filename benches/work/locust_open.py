"""One GET at each start of a rate, shared evenly among the users."""

import os

from locust import constant_throughput, task
from locust_client import PATH, Client


class Starter(Client):
    wait_time = constant_throughput(float(os.environ["BENCH_RATE_A_USER"]))

    @task
    def get(self) -> None:
        self.client.get(PATH)
