"""What people see: the Dash map app, the tiles and features beside it, the A3 sheets, the command."""
