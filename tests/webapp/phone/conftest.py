"""An office of its own for each file of tests, and phones that open its page."""

from tests.webapp.phone import taps

desk_district, served = taps.desk_district, taps.served
officer, phone = taps.officer, taps.phone
