"""JSONPath in its first dialect (Goessner's), whose filters are small JavaScript expressions."""

from penstock.program.values.jsonpath.query import JsonPath, compile_path
from penstock.program.values.jsonpath.selectors import InvalidPath

__all__ = ["InvalidPath", "JsonPath", "compile_path"]
