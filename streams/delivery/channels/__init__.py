"""Channels: the ways in which alerts reach people. One file a channel, and the table of them."""
