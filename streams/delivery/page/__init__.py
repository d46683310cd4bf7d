"""The page of one alert, to which messages link: HTML without scripts, in English or Chinese."""
