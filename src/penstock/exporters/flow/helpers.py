"""Small functions that a written flow.py needs: put into it as they stand here, so that it needs nothing of Penstock's.

They are kept as text: what is written is what a reader of the flow.py sees and may change.
"""

from __future__ import annotations

MODULES = {
    "Values": (),
    "take": (),
    "path": ("json",),
    "every": ("json",),
    "pattern": ("re",),
    "between": ("re", "html", "random"),
    "hidden_fields": ("html.parser",),
    "form_field": ("html.parser",),
    "form": ("urllib.parse",),
    "same_page": ("urllib.parse",),
    "number": ("re",),
}
"""The modules that each of them imports."""

NEEDS = {"form_field": ("fields",), "hidden_fields": ("fields",)}

TEXTS = {
    "Values": '''
class Values(dict):
    """Values by name; one that was never set stays as it was written."""

    def __missing__(self, name):
        return MISSING.format(name)
''',
    "take": '''
def take(v, name, value):
    """Set a value; where none was found it stays what it was."""
    v[name] = v.get(name, "") if value is None else value
''',
    "path": '''
def path(response, *keys):
    """Take a value out of a JSON body, as text; None where it is not there. A body that is no JSON fails."""
    value = response.json()
    try:
        for key in keys:
            value = len(value) if key == "length" and isinstance(value, list) else value[key]
    except (LookupError, TypeError):
        return None
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
''',
    "every": '''
def every(response, *keys):
    """Take all values at a path in a JSON body, as texts; "*" stands for each item of a list."""
    found = [response.json()]
    for key in keys:
        if key == "*":
            found = [item for value in found if isinstance(value, list) for item in value]
        else:
            found = [value[key] for value in found if isinstance(value, dict) and key in value]
    return [value if isinstance(value, str) else json.dumps(value) for value in found]
''',
    "pattern": '''
def pattern(expression, text):
    """Take the first group of a regular expression, or the whole match; None where there is none."""
    match = None if text is None else re.search(expression, text)
    return None if match is None else match[1 if match.re.groups else 0] or ""
''',
    "number": '''
def number(text):
    """Read the number that a text begins with; nan where there is none."""
    match = re.match(r"\\s*[+-]?\\d*\\.?\\d+(?:[eE][+-]?\\d+)?", text)
    return float(match[0]) if match else float("nan")
''',
    "between": '''
def between(text, start, end, index=0, *, ignore_case=False, regular=False, decode=True, any_one=False):
    """Take what stands between two texts; None where it does not stand there."""
    first, last = (start, end) if regular else (re.escape(start), re.escape(end))
    found = re.findall(f"(?:{first})(?P<inner>.*?)(?:{last})", text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
    found = [each if isinstance(each, str) else each[-1] for each in found]
    if not found or (not any_one and index >= len(found)):
        return None
    value = random.choice(found) if any_one else found[index]
    return html.unescape(value) if decode else value
''',
    "fields": '''
class Fields(html.parser.HTMLParser):
    """The inputs of a page: (type, name, value)."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "input":
            name = given.get("name") or given.get("id") or ""
            self.found.append(((given.get("type") or "text").lower(), name, given.get("value") or ""))
''',
    "hidden_fields": '''
def hidden_fields(response, prefix):
    """Take all hidden fields of a page: `$HIDDEN1.__VIEWSTATE` and so on."""
    return {f"$HIDDEN{prefix}.{name}": value for kind, name, value in Fields(response.text).found if kind == "hidden"}
''',
    "form_field": '''
def form_field(response, wanted, index=0):
    """Take the value of a form field; None where there is none."""
    found = [value for _, name, value in Fields(response.text).found if name == wanted]
    return found[index] if index < len(found) else None
''',
    "form": '''
def form(*fields, encoded=True):
    """Join the fields of a form."""
    if not encoded:
        return "&".join(f"{name}={value}" for name, value in fields)
    quoted = [[urllib.parse.quote(text, safe="") for text in field] for field in fields]
    return "&".join(f"{name}={value}" for name, value in quoted)
''',
    "same_page": '''
def same_page(url, expected):
    """Whether two addresses are the same but for their queries."""
    one, other = urllib.parse.urlsplit(url.lower()), urllib.parse.urlsplit(expected.lower())
    return (one.scheme, one.netloc, one.path or "/") == (other.scheme, other.netloc, other.path or "/")
''',
}
