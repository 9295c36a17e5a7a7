"""One GET; Locust itself counts statuses from 400 up as failures."""

from locust import task
from locust_client import PATH, Client


class Getter(Client):
    @task
    def get(self) -> None:
        response = self.client.get(PATH)
        if response.status_code != 200:
            raise AssertionError(f"status {response.status_code}")
        self.leave_if_once()
