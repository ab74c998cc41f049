"""Finding facilities, problems and visits by any word of theirs, Chinese ones of one or two signs too."""
