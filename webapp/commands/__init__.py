"""The commands of `riskatlas` by idea: loading a district, its products, running the server."""
