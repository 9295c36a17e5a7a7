"""What a team keeps: suites, flows, load tests, plans, parameter sets, pools, labels, schedules, webhooks."""
