"""The servers answer what the clients' checks expect."""

import json

from benches.servers import nginx, pages


def test_pages_have_the_sizes_that_the_results_name() -> None:
    assert len(pages.small()) == 209
    assert 10_000 <= len(pages.big()) <= 10_400


def test_the_fourth_item_of_the_list_can_be_asked_for() -> None:
    item_id = json.loads(pages.items())["items"][3]["id"]
    assert json.loads(pages.item(item_id))["id"] == item_id


def test_the_status_page_gives_requests_and_not_connections() -> None:
    page = (
        "Active connections: 51 \nserver accepts handled requests\n 101 101 123456 \nReading: 0 Writing: 1 Waiting: 50"
    )
    assert nginx.read_served(page) == 123456
