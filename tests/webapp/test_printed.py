"""A sheet is printed once for all who ask, and the shelf stays small."""

import threading

from webapp.printed import SheetShelf


def test_the_same_sheet_is_printed_once_for_many_who_ask_at_once():
    printed, taken = [], []
    shelf = SheetShelf()

    def ask():
        taken.append(shelf.take("village 1", lambda: printed.append(1) or b"%PDF"))

    visitors = [threading.Thread(target=ask) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert taken == [b"%PDF"] * 8
    assert printed == [1]


def test_the_sheet_not_asked_for_longest_leaves_the_shelf_first():
    shelf, printed = SheetShelf(limit=2), []
    for name in ("a", "b", "a", "c", "a", "b"):
        shelf.take(name, lambda name=name: printed.append(name) or b"")
    assert printed == ["a", "b", "c", "b"]
