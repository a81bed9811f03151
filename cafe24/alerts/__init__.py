"""What goes wrong becomes one incident, one number and one Slack message."""
