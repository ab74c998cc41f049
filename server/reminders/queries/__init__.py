"""Reading reminders. inbox: one's own, and a problem's; by_place: what places have set; to_plan, to_send: for the server's own work, not scoped."""
