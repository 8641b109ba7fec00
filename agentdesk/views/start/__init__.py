"""What is shown before the main window: sign-in, passphrase, trouble."""
