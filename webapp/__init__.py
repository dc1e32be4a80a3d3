"""What people see: the Dash map app, its tiles and features, the A3 sheets, the command."""
