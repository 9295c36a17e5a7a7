"""Agents on the machines of a Ray cluster, for runs that one machine is too small for (docs/decisions/0029).

    this process ── socket ── driver: a process of its own, the only one here that knows Ray
                                 │ pulls
                     node ── host: an actor with one core ── socket ── agent, as `runners.local` starts it

`runner` is our side, `driver` the process, `host` the actor. Only the last two may import `ray`.
"""
