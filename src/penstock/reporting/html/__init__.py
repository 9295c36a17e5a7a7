"""One HTML file that says everything about a run, to anyone, anywhere: it needs no network and no server.

page          puts the file together
  wording     what happened, in a manager's words
  numbers     how figures are written
  charts      what is drawn, as data (`templates/report.js` draws it)
  sanitizing  nothing that was recorded may act: neither as markup nor as control characters
"""

from penstock.runs.report import Report


def render(report: Report) -> bytes:
    """Return the report as UTF-8."""
    from penstock.reporting.html.page import write  # templates and charts are heavy; most commands write no report

    return write(report)
