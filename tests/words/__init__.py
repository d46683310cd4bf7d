"""The catalogues of translated texts, kept in step with the program.

    python -m tests.words    # bring streams/language/zh/*.po up to date, and list what is missing

The texts are read off the source. Translations that are there stay, texts that are gone go, and
new ones stand in the file without a translation: write it between the empty quotes.
"""
