"""A receiver of OpenTelemetry's metrics that remembers what it was sent, read by the format's own library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from tests.apps.http import Answer, Request
from tests.apps.recorder import Recorder


class Collector(Recorder):
    """Takes messages at /v1/metrics; with `status` it refuses them all."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(lambda _request: Answer(status, (("Content-Type", "application/x-protobuf"),), b""))

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Each message as the data of its metrics by name."""
        return [_metrics(request) for request in self.requests]


def _metrics(request: Request) -> dict[str, Any]:
    assert (request.method, request.target) == ("POST", "/v1/metrics")
    assert request.header("content-type") == "application/x-protobuf"
    told = ExportMetricsServiceRequest.FromString(request.body)
    (resource,) = told.resource_metrics
    assert labels(resource.resource)["service.name"] == "penstock"
    (scope,) = resource.scope_metrics
    return {metric.name: metric for metric in scope.metrics}


def labels(point: Any) -> dict[str, str]:
    """Return the attributes of a point or a resource."""
    return {one.key: one.value.string_value for one in point.attributes}


def points(metric: Any, **wanted: str) -> list[Any]:
    """Return the points of a metric that have these labels."""
    (data,) = [
        getattr(metric, form)
        for form in ("gauge", "sum", "histogram", "exponential_histogram")
        if metric.HasField(form)
    ]
    return [point for point in data.data_points if wanted.items() <= labels(point).items()]


def total(metrics: Mapping[str, Any], name: str, **wanted: str) -> float:
    """Return the sum of the numbers, or of the counts of histograms, that have these labels."""
    return sum(
        point.count if hasattr(point, "bucket_counts") or hasattr(point, "scale") else point.as_int or point.as_double
        for point in points(metrics[name], **wanted)
    )
