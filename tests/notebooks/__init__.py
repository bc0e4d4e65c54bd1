"""The notebooks as people use them; that their outputs are right is nbval's to say."""
