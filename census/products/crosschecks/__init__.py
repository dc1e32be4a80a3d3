"""Do the tables of a district agree? Each rule reads stored layers and tells what does not.

A delivery is checked alone when it comes in; what one table says of another can only be asked
when all are there, in whatever order they came. Nothing is changed: a finding is work for a person.
"""
