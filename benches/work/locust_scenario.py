"""The list, an id out of it, the item; both statuses and the id checked."""

from locust import task
from locust_client import PATH, Client


class Visitor(Client):
    @task
    def visit(self) -> None:
        with self.client.get(PATH, name="list", catch_response=True) as items:
            if items.status_code != 200:
                items.failure("the list does not answer")
                return
            item_id = items.json()["items"][3]["id"]
        with self.client.get(f"{PATH}/{item_id}", name="item", catch_response=True) as item:
            if item.status_code != 200:
                item.failure("the item does not answer")
            elif item.json()["id"] != item_id:
                item.failure("the item is not the one asked for")
        self.leave_if_once()
