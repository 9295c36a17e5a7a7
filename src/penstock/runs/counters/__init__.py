"""What was measured in the words of Visual Studio: counters in categories, with instances, sampled and judged."""

from penstock.runs.counters.log import CounterLog, CounterReport, Sample, Violation

__all__ = ["CounterLog", "CounterReport", "Sample", "Violation"]
