"""Mail as bytes: headers, parts, addresses, dates, mailboxes, and the feedback reports in it."""
