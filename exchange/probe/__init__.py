"""The probe: asks a real exchange, read-only, whether it still is what this code takes it to be.

A ``Check`` is one assumption; the registry holds them all, grouped in modules by subject. Checks ask
``Seen`` for evidence (an answer of ``/info``, the frames of a subscription) and either return, or say
``Differs`` or ``NotSeen``. ``docs/probe.md`` lists them.
"""
