"""What a saved text says, whatever the models say today: read once for the dossier and for the public versions."""
