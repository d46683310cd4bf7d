"""Tests of what serve knows of entities."""
