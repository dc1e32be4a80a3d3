"""Read a vector tile as a browser does: layer name to the properties of its features."""

import struct
from itertools import pairwise


def _varint(body, at):
    value = shift = 0
    while True:
        value |= (body[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if body[at - 1] < 128:
            return value, at


def _fields(body):
    """Yield number and value of each field: bytes, whole number or eight bytes."""
    at = 0
    while at < len(body):
        key, at = _varint(body, at)
        if key & 7 == 2:
            size, at = _varint(body, at)
            value, at = body[at : at + size], at + size
        elif key & 7 == 0:
            value, at = _varint(body, at)
        else:
            size = 8 if key & 7 == 1 else 4
            value, at = body[at : at + size], at + size
        yield key >> 3, value


def _value(body):
    ((kind, value),) = _fields(body)
    if kind == 1:
        return value.decode()
    if kind in {2, 3}:
        return struct.unpack("<f" if kind == 2 else "<d", value)[0]
    return (value >> 1) ^ -(value & 1) if kind == 6 else value


def _whole(body):
    found, at = [], 0
    while at < len(body):
        number, at = _varint(body, at)
        found.append(number)
    return found


def _layer(body):
    name, keys, values, tags = "", [], [], []
    for number, value in _fields(body):
        if number == 1:
            name = value.decode()
        elif number == 2:
            tags.append(next((_whole(v) for n, v in _fields(value) if n == 2), []))
        elif number == 3:
            keys.append(value.decode())
        elif number == 4:
            values.append(_value(value))
    features = [
        {keys[key]: values[value] for key, value in list(pairwise(each))[::2]} for each in tags
    ]
    return name, features


def layers(tile):
    """Return layer name to a list of its features' properties."""
    return dict(_layer(value) for number, value in _fields(tile) if number == 3)
