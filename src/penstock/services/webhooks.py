"""Telling others when a run ends: a POST to every webhook of the team that wants to know.

What is to be told is kept before it is told, and told again with growing pauses until someone takes it; so a crash
loses no call, and a receiver may hear of one end twice. Of several servers on one database one at a time tells it: who
tells takes it for a while, and only when that is over, since the server was lost, does another one take it.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor

import orjson
import structlog

from penstock.errors import Unavailable
from penstock.library.items import Item, Kind
from penstock.ports.clock import Clock
from penstock.ports.stores import Delivery, Page, Store, Work
from penstock.ports.web import Web
from penstock.runs.stored import StoredRun
from penstock.services.meters import Meters

_log = structlog.stdlib.get_logger("penstock.webhooks")

_MOST_ATTEMPTS = 8
_FIRST_PAUSE_S = 5
MOST_WEBHOOKS = 200
_AT_ONCE = 8
_HELD = datetime.timedelta(minutes=2)
"""Longer than one call may take; so long after a crash in the middle of it the call is made again."""


def enqueue(work: Work, run: StoredRun, now: datetime.datetime) -> None:
    """Keep, in the transaction that ends a run, to whom its end is to be told."""
    for hook in work.items.list(run.team, Kind.WEBHOOK, Page(MOST_WEBHOOKS)):
        content = hook.content
        wanted = not content["states"] or run.state.value in content["states"]
        about = not content["tests"] or run.test in content["tests"]
        if content["enabled"] and wanted and about:
            work.deliveries.add(run.id, hook.id, now)


class WebhookService:
    """Looked at every second by the server.

    Some webhooks are called at a time, each about one run, so that a slow one keeps only itself waiting.
    """

    def __init__(self, store: Store, clock: Clock, web: Web, public_url: str, meters: Meters) -> None:
        self._store = store
        self._meters = meters
        self._clock = clock
        self._web = web
        self._public_url = public_url.rstrip("/")
        self._callers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="webhooks")
        self._called: set[str] = set()

    def look(self) -> None:
        """Begin to tell what is due; what is too much at a time is left to the next look."""
        while len(self._called) < _AT_ONCE and (delivery := self._taken()) is not None:
            self._called.add(delivery.webhook)
            self._callers.submit(self._call, delivery)

    def _taken(self) -> Delivery | None:
        now, called = self._clock.now(), tuple(self._called)
        with self._store.read() as work:
            if not work.deliveries.any_due(now, called):
                return None  # as nearly always: then nobody has to write
        with self._store.write() as work:
            return work.deliveries.take(now, now + _HELD, called)

    def _call(self, delivery: Delivery) -> None:
        try:
            self._deliver(delivery)
        except Exception as error:  # noqa: BLE001 — whatever it was, it is told again when it is not held any more
            _log.warning("webhook not told", webhook=delivery.webhook, run=delivery.run, error=str(error))
        finally:
            self._called.discard(delivery.webhook)

    def _deliver(self, delivery: Delivery) -> None:
        with self._store.read() as work:
            run = work.runs.get(None, delivery.run)
            hook = None if run is None else work.items.get(run.team, delivery.webhook, Kind.WEBHOOK)
        if run is None or hook is None or not hook.content["enabled"]:
            self._over(delivery, "the run or the webhook was deleted, or the webhook is not enabled any more")
            return
        body = orjson.dumps(self._told(run))
        try:
            status = self._web.post(hook.content["url"], body, _headers(hook, body))
        except Unavailable as error:
            self._meters.webhook_calls.labels("unanswered").inc()
            self._again(delivery, str(error))
        else:
            is_taken = 200 <= status < 300
            self._meters.webhook_calls.labels("taken" if is_taken else "refused").inc()
            if is_taken:
                self._over(delivery, f"taken with {status}")
            else:
                self._again(delivery, f"refused with {status}")

    def _told(self, run: StoredRun) -> dict[str, object]:
        return {
            "event": "run.ended",
            "run": {
                "id": run.id,
                "kind": run.kind,
                "name": run.run.name,
                "state": run.state,
                "why": run.run.why,
                "test": run.test,
                "started": run.started,
                "ended": run.ended,
                "result": {name: value for name, value in run.result.items() if name != "events"},
                "url": f"{self._public_url}/runs/{run.id}",
            },
        }

    def _again(self, delivery: Delivery, outcome: str) -> None:
        attempts = delivery.attempts + 1
        if attempts >= _MOST_ATTEMPTS:
            self._meters.webhooks_given_up.inc()
            self._over(delivery, f"given up after {attempts} attempts: {outcome}")
            return
        pause = datetime.timedelta(seconds=_FIRST_PAUSE_S * 3 ** (attempts - 1))
        with self._store.write() as work:
            work.deliveries.note(delivery, attempts, self._clock.now() + pause, outcome)

    def _over(self, delivery: Delivery, outcome: str) -> None:
        _log.info("webhook told", webhook=delivery.webhook, run=delivery.run, outcome=outcome)
        with self._store.write() as work:
            work.deliveries.note(delivery, delivery.attempts + 1, None, outcome)


def _headers(hook: Item, body: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if secret := hook.content["secret"]:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers["Penstock-Signature"] = f"sha256={digest}"
    return headers
