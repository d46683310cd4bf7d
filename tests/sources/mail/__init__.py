"""Tests of mail: headers, parts, addresses, dates, mailboxes, reports."""
