"""One module per page: a layout, its callbacks registered by a function, pure view builders."""
