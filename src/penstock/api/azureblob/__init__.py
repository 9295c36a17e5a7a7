"""The part of Azure Blob Storage's REST protocol that clients of test drops and results use.

Put Blob, Put Block, Put Block List, Get Blob (ranges, conditions), Get Blob Properties, List Blobs, Delete Blob, with a
shared access signature; the facts are in Microsoft's reference of the Blob service REST API.
"""

from penstock.api.azureblob.application import PATH, build, is_meant

__all__ = ["PATH", "build", "is_meant"]
