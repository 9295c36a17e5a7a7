"""Reports of suites: what was done flow by flow, as text, JSON, JUnit and HTML."""
