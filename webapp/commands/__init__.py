"""The commands of `riskatlas`: declared in one light room, carried out in others by idea."""
