"""The parts of the heartbeat: its timing, its requests, their answers, and the files that keep results.

`prestop.heartbeat` combines them; nothing here depends on the loop.
"""
