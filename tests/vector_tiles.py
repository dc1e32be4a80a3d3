"""Read a vector tile as a browser does: layer name to the properties of what it draws."""

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


def _tags(feature):
    return next((_whole(v) for n, v in _fields(feature) if n == 2), [])


def _marks(feature):
    """How many marks a feature is drawn as: each of many points is one."""
    kind, shape = (next(v for n, v in _fields(feature) if n == number) for number in (3, 4))
    return _whole(shape)[0] >> 3 if kind == 1 else 1


def _layer(body):
    name, keys, values, tags = "", [], [], []
    for number, value in _fields(body):
        if number == 1:
            name = value.decode()
        elif number == 2:
            tags += [_tags(value)] * _marks(value)
        elif number == 3:
            keys.append(value.decode())
        elif number == 4:
            values.append(_value(value))
    features = [
        {keys[key]: values[value] for key, value in list(pairwise(each))[::2]} for each in tags
    ]
    return name, features


def _signed(number):
    return (number >> 1) ^ -(number & 1)


def _paths(shape):
    """Follow the pen: a list of places for each time that it is set down."""
    found, at, x, y = [], 0, 0, 0
    while at < len(shape):
        command, count = shape[at] & 7, shape[at] >> 3
        at += 1
        for _ in range(count if command != 7 else 0):
            x, y = x + _signed(shape[at]), y + _signed(shape[at + 1])
            at += 2
            if command == 1:
                found.append([])
            found[-1].append((x, y))
    return found


def paths(tile, layer):
    """Return the points, lines and rings of a layer, as lists of places in the tile's units."""
    for number, body in _fields(tile):
        fields = list(_fields(body)) if number == 3 else []
        if (1, layer.encode()) in fields:
            shapes = [_whole(v) for n, f in fields if n == 2 for m, v in _fields(f) if m == 4]
            return [path for shape in shapes for path in _paths(shape)]
    return []


def layers(tile):
    """Return layer name to the properties of each area, line and point."""
    return dict(_layer(value) for number, value in _fields(tile) if number == 3)
