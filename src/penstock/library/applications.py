"""What an application under test looks like where it is kept: on a server, and in a file beside a test."""

from __future__ import annotations

import ssl
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from penstock.library.addresses import verified_address

_NAME = r"^\w(?:[\w .-]*\w)?$"
_COUNTER = r"^[^\s\[\]~](?:[^\[\]~\n\r\t]*[^\s\[\]~])?$"
_Address = Annotated[
    str, Field(max_length=500, pattern=r"^https?://[^\s/?#@]+(?:/[^\s?#]*)?$"), AfterValidator(verified_address)
]

SECRETS = ("password", "bearer", "api_key", "client_secret")
"""The fields that are never told again; the values of `headers` neither."""


class CounterContent(BaseModel):
    """A counter: `query` is PromQL, or of Application Insights the name of a metric, or KQL.

    `instance` names the label (dimension, column) whose values are instances. `aggregation` is for metrics of
    Application Insights.
    """

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, max_length=4000)
    unit: str = Field(default="", max_length=30)
    instance: str = Field(default="", max_length=200)
    aggregation: Literal["", "avg", "sum", "min", "max", "count", "unique"] = ""
    description: str = Field(default="", max_length=500)


CounterName = Annotated[str, Field(min_length=1, max_length=100, pattern=_COUNTER)]

USUAL_METRICS: dict[str, dict[str, str]] = {
    "Request Rate": {"query": "requests/count", "aggregation": "sum", "unit": "/min"},
    "Average Response Time": {"query": "requests/duration", "aggregation": "avg", "unit": "ms"},
    "Failed Requests": {"query": "requests/failed", "aggregation": "sum", "unit": "/min"},
    "Exception Rate": {"query": "exceptions/count", "aggregation": "sum", "unit": "/min"},
    "Process CPU": {"query": "performanceCounters/processCpuPercentage", "aggregation": "avg", "unit": "%"},
    "Process IO Rate": {"query": "performanceCounters/processIOBytesPerSecond", "aggregation": "avg", "unit": "B/s"},
    "Process Private Bytes": {"query": "performanceCounters/processPrivateBytes", "aggregation": "avg", "unit": "B"},
}
"""What is read of an application of Application Insights that names no counters."""


class ApplicationContent(BaseModel):
    """An application, its counters by name, and how its monitoring is reached.

    `app` is the application's id in Application Insights. `user` with `password`, `bearer` and `api_key` are
    credentials; so are `client_id` and `client_secret` of an application of a `tenant` of Microsoft Entra, to which the
    `authority` gives tokens for `scope`. `headers` are sent with each request; `authorities` are certificates (PEM) to
    trust as well.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=_NAME)]
    kind: Literal["prometheus", "application-insights"]
    url: _Address
    app: str = Field(default="", max_length=500)
    every_s: float | None = Field(default=None, ge=1, le=3600, description="5 of Prometheus, 60 of the other.")
    timeout_s: float = Field(default=5.0, gt=0, le=30)
    counters: dict[CounterName, CounterContent] = Field(default={}, max_length=50)
    user: str = Field(default="", max_length=500)
    password: str = Field(default="", max_length=2000)
    bearer: str = Field(default="", max_length=8000)
    api_key: str = Field(default="", max_length=500)
    tenant: str = Field(default="", max_length=200, pattern=r"^[A-Za-z0-9.-]*$")
    client_id: str = Field(default="", max_length=200)
    client_secret: str = Field(default="", max_length=2000)
    authority: _Address = "https://login.microsoftonline.com"
    scope: str = Field(default="", max_length=500)
    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$", max_length=100)], str] = Field(
        default={}, max_length=20
    )
    authorities: str = Field(default="", max_length=100_000)
    always: bool = Field(default=True, description="On a server: whether every load run reads it that names none.")

    @field_validator("counters", mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        """Take a query alone for a counter."""
        if not isinstance(given, dict):
            return given
        return {name: {"query": one} if isinstance(one, str) else one for name, one in given.items()}

    @field_validator("authorities")
    @classmethod
    def _readable(cls, given: str) -> str:
        """Refuse what holds no certificates."""
        try:
            if given:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=given)
        except (ssl.SSLError, TypeError):  # the second is of letters that no certificate has
            raise ValueError("holds no certificates in PEM form (-----BEGIN CERTIFICATE-----)") from None
        return given

    @field_validator("bearer", "api_key", "headers")
    @classmethod
    def _sendable(cls, given: Any) -> Any:
        """Refuse what cannot stand in a header."""
        for text in given.values() if isinstance(given, dict) else (given,):
            if not text.isascii() or not (text.isprintable() or not text):
                raise ValueError("holds signs that no header can carry")
        return given
