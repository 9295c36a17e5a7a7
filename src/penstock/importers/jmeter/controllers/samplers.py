"""Samplers as steps: HTTP requests with the pauses before them, actions of the test, and those that cannot run here."""

from __future__ import annotations

from dataclasses import replace

from penstock.importers.jmeter import scripts, sockets, timers
from penstock.importers.jmeter.controllers.handlers import compile_handlers
from penstock.importers.jmeter.controllers.walk import Walk
from penstock.importers.jmeter.extracts import compile_preprocessors
from penstock.importers.jmeter.http import compile_request
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.scopes import Scope
from penstock.importers.jmeter.work import Work
from penstock.model import Leave, Step

FOREIGN = {
    "AccessLogSampler": "requests of an access log",
    "AjpSampler": "requests of the protocol AJP",
    "BoltSampler": "queries of the Bolt protocol",
    "FTPSampler": "transfers by FTP",
    "GrpcSampler": "calls of gRPC",
    "JDBCSampler": "queries of a database",
    "JMSSampler": "messages of JMS",
    "JUnitSampler": "test methods of JUnit",
    "JavaSampler": "Java classes",
    "LDAPExtSampler": "requests of LDAP",
    "LDAPSampler": "requests of LDAP",
    "MailReaderSampler": "mails that are read",
    "MongoScriptSampler": "scripts for MongoDB",
    "ParallelSampler": "samplers in parallel",
    "PublisherSampler": "messages of JMS",
    "SmtpSampler": "mails that are sent",
    "SubscriberSampler": "messages of JMS",
    "SystemSampler": "programs of the machine",
    "TCPSampler": "plain TCP connections",
}
"""Samplers that cannot run here, and what they are about."""

OTHERS = frozenset({"DebugSampler", "DummySampler", "TestAction", *FOREIGN})

_STOP, _PAUSE, _STOP_NOW, _NEXT_ITERATION, _NEXT_PASS, _BREAK = "012345"
_ALL_THREADS = "2"


def compile_http(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return an HTTP sampler: pre-processors, the pause of all timers, the request."""
    inner = scope.entered(node.enabled())
    before = _before(node, inner, walk.work)
    request = replace(compile_request(node, inner, walk.work), is_recorded=not walk.is_in_parent)
    return walk.sampled(node, (*before, request, *compile_handlers(walk, inner.post_processors)))


def compile_script(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return the steps of a script."""
    inner = scope.entered(node.enabled())
    return (*_before(node, inner, walk.work), *scripts.compile_code(node, walk.work.texts, walk.work.findings))


def compile_socket(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return a WebSocket sampler."""
    inner = scope.entered(node.enabled())
    steps = sockets.compile_socket(node, inner, walk.work)
    return walk.sampled(node, (*_before(node, inner, walk.work), *steps))


def compile_nothing(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return only the pauses of a sampler that asks nothing of any server."""
    inner = scope.entered(node.enabled())
    message = "a sampler that sends nothing is left out; what is done around it is not"
    walk.work.findings.note("no-request", message, node.origin)
    return _before(node, inner, walk.work)


def compile_foreign(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Report a sampler of another protocol."""
    del scope
    walk.work.cannot_run(node, f"{node.kind}: {FOREIGN[node.kind]} cannot be done here")
    return ()


def compile_action(walk: Walk, node: Node, scope: Scope) -> tuple[Step, ...]:
    """Return a Flow Control Action: a pause, or what ends a pass, the iteration, the thread or the test."""
    work = walk.work
    inner = scope.entered(node.enabled())
    action = node.text("ActionProcessor.action", _STOP).strip()
    own_ms = work.parse(node, "ActionProcessor.duration", "0") if action == _PAUSE else None
    before = (*_preparations(inner, work), *timers.compile_timers(inner.timers, work, node.origin, own_ms))
    if action == _PAUSE:
        return before
    if action in (_STOP, _STOP_NOW):
        everybody = node.text("ActionProcessor.target").strip() == _ALL_THREADS
        return (*before, *(walk.stop(node) if everybody else (Leave("user", node.origin),)))
    if action == _NEXT_ITERATION or (action == _NEXT_PASS and not walk.loops):
        return (*before, Leave("iteration", node.origin))
    if action == _NEXT_PASS:
        return (*before, Leave("pass", node.origin))
    if action == _BREAK:
        return (*before, Leave("loop" if walk.loops else "user", node.origin))
    work.findings.error("invalid-value", f"the action {action[:20]!r} is not known", node.origin.at("action"))
    return before


def _before(node: Node, inner: Scope, work: Work) -> tuple[Step, ...]:
    work.texts.sampler_name = node.name
    return (*_preparations(inner, work), *timers.compile_timers(inner.timers, work, node.origin))


def _preparations(inner: Scope, work: Work) -> tuple[Step, ...]:
    return compile_preprocessors(inner.pre_processors, work.texts, work.findings)
