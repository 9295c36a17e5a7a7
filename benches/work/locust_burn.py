"""One GET, then some work of the script's own."""

from burning import burn
from locust import task
from locust_client import PATH, Client


class Burner(Client):
    @task
    def get(self) -> None:
        response = self.client.get(PATH)
        if response.status_code != 200:
            raise AssertionError(f"status {response.status_code}")
        burn()
