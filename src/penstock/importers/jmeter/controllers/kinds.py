"""What each kind of controller and sampler becomes."""

from __future__ import annotations

from penstock.importers.jmeter import http, scripts, sockets
from penstock.importers.jmeter.controllers import blocks, choices, loops, modules, samplers
from penstock.importers.jmeter.controllers.walk import Compile

SAMPLERS = http.SAMPLERS | scripts.SAMPLERS | sockets.SAMPLERS | samplers.OTHERS

KINDS: dict[str, Compile] = {
    **dict.fromkeys(("GenericController", "RecordingController", "TestFragmentController"), blocks.compile_plain),
    **dict.fromkeys(http.SAMPLERS, samplers.compile_http),
    **dict.fromkeys(scripts.SAMPLERS, samplers.compile_script),
    **dict.fromkeys(sockets.SAMPLERS, samplers.compile_socket),
    **dict.fromkeys(("DebugSampler", "DummySampler"), samplers.compile_nothing),
    **dict.fromkeys(samplers.FOREIGN, samplers.compile_foreign),
    "CriticalSectionController": blocks.compile_critical,
    "ForeachController": loops.compile_for_each,
    "IfController": choices.compile_if,
    "IncludeController": modules.compile_include,
    "InterleaveControl": choices.compile_interleave,
    "LoopController": loops.compile_loop,
    "ModuleController": modules.compile_module,
    "OnceOnlyController": blocks.compile_once,
    "RandomController": choices.compile_random,
    "RandomOrderController": choices.compile_random_order,
    "RunTime": loops.compile_runtime,
    "SwitchController": choices.compile_switch,
    "TestAction": samplers.compile_action,
    "ThroughputController": blocks.compile_share,
    "TransactionController": blocks.compile_transaction,
    "WhileController": loops.compile_while,
}
