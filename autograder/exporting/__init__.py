"""Take grades out of the gradebook, as tables that spreadsheets and learning platforms read; and feedback as e-mail.

`grades` reads the gradebook, `tables` writes the files; `mail` writes messages.
"""
