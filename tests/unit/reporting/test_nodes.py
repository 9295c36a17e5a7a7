"""Reports of a run on a cluster say where its agents ran, and how far apart they began."""

from __future__ import annotations

import io
import json as plain_json
import re
import zipfile

import jsonschema

from penstock.reporting import archive, html, json, text
from tests.unit.reporting import synthetic
from tests.unit.reporting.test_json_report import SCHEMA


def test_the_json_report_lists_the_nodes_as_the_schema_has_them() -> None:
    content = plain_json.loads(json.render(synthetic.spread_report()))
    jsonschema.validate(content, SCHEMA)
    assert [(node["name"], node["agents"]) for node in content["run"]["nodes"]] == [
        ("rig-<1>", ["0/2"]),
        ("10.0.0.6", ["1/2"]),
    ]
    assert content["run"]["start_skew_s"] == 0.0018


def test_the_summary_counts_the_agents_of_each_node() -> None:
    rendered = " ".join(text.render(synthetic.spread_report(), 100, colour=False).split())
    assert "2 agents · on 2 nodes (rig-<1>: 1, 10.0.0.6: 1), begun within 1.80 ms" in rendered
    assert "nodes" not in text.render(synthetic.report(), 100, colour=False)


def test_the_page_names_the_node_of_each_agent() -> None:
    page = html.render(synthetic.spread_report()).decode()
    assert "<dt>Node rig-&lt;1&gt;</dt>" in page
    assert "all agents within 1.80 ms" in page
    rows = re.findall(r'<th scope="row">(\d/2)</th>\s*<td>([^<]+)</td>', page)
    assert rows == [("0/2", "rig-&lt;1&gt; (10.0.0.5)"), ("1/2", "10.0.0.6")]
    assert b"<dt>Machine</dt>" in html.render(synthetic.report())


def test_an_archive_keeps_them() -> None:
    buffer = io.BytesIO()
    archive.write(buffer, synthetic.spread_report(), synthetic.snapshots())
    file = io.BytesIO(buffer.getvalue())
    with zipfile.ZipFile(file) as members:
        assert plain_json.loads(members.read("run.json"))["run"]["spread"]["start_skew_s"] == 0.0018
