"""Thread groups, JMeter's own and those of widespread plug-ins, as loads of populations."""

from penstock.importers.jmeter.groups.kinds import KINDS, Group, compile_group

__all__ = ["KINDS", "Group", "compile_group"]
