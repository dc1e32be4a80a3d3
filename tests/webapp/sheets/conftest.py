"""The small district of the store's tests, printed."""

import importlib.util
from pathlib import Path

STORE_TESTS = Path(__file__).resolve().parents[2] / "census" / "store" / "conftest.py"
_spec = importlib.util.spec_from_file_location("store_conftest_for_sheets", STORE_TESTS)
_store_tests = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_store_tests)
small_district = _store_tests.small_district
