"""Peers on loopback for what leaves the machine: real servers that keep what they got and have the faults asked for."""
