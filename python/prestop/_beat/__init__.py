"""The parts of the heartbeat: the pace, what is sent, what is answered, and the files in which results are kept.

`prestop.heartbeat` puts them together; nothing here knows the loop.
"""
