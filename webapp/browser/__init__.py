"""Browser parts made ready at set-up: scripts from npm and a web subset of the Noto CJK font."""
