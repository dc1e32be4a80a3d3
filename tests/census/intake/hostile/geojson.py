"""GeoJSON that is deep, wide, endless, or no number."""

# ruff: noqa: E501  (one hostile file is one line)

import json

import numpy as np

from tests.census.intake.conftest import SOUTH, WEST
from tests.census.intake.hostile.cases import Case, of_bytes
from tests.census.intake.hostile.disguises import ADDRESS

POINT = f'{{"type":"Point","coordinates":[{WEST},{SOUTH}]}}'


def square_text(size: float = 0.001) -> str:
    x, y = WEST + size, SOUTH + size
    return f"[[[{WEST},{SOUTH}],[{x},{SOUTH}],[{x},{y}],[{WEST},{y}],[{WEST},{SOUTH}]]]"


SQUARE = f'{{"type":"Polygon","coordinates":{square_text()}}}'


def feature(geometry: str, properties: str = '{"名称":"x"}') -> str:
    return f'{{"type":"Feature","properties":{properties},"geometry":{geometry}}}'


def collection(*features: str, more: str = "") -> bytes:
    return f'{{"type":"FeatureCollection"{more},"features":[{",".join(features)}]}}'.encode()


def nested(depth: int, inner: str = POINT) -> str:
    return '{"type":"GeometryCollection","geometries":[' * depth + inner + "]}" * depth


def ring(count: int, radius: float = 0.005) -> str:
    turn = np.linspace(0, 2 * np.pi, count)
    turn[-1] = 0
    x, y = WEST + 0.01 + radius * np.cos(turn), SOUTH + 0.01 + radius * np.sin(turn)
    return json.dumps([np.column_stack([x, y]).round(9).tolist()])


def star(count: int) -> str:
    """A ring between random places: almost every side crosses almost every other."""
    places = np.random.default_rng(1).uniform(0, 0.02, (count, 2)) + (WEST, SOUTH)  # noqa: RUF005
    places[-1] = places[0]
    return json.dumps([places.round(9).tolist()])


def _deep() -> dict[str, bytes]:
    deep = {f"collections {d} deep": collection(feature(nested(d))) for d in (9, 50, 1_000, 30_000)}
    deep |= {f"brackets {d} deep": b'{"type":' + b"[" * d + b"]" * d + b"}" for d in (33, 100_000)}
    deep |= {"objects 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000}
    deep |= {"brackets that never close": b'{"type":' + b"[" * 3_000_000}
    coordinates = "[" * 60 + f"{WEST},{SOUTH}" + "]" * 60
    deep |= {
        f"coordinates of a {kind} 60 deep": collection(
            feature(f'{{"type":"{kind}","coordinates":{coordinates}}}')
        )
        for kind in ("Point", "LineString", "Polygon", "MultiPolygon")
    }
    text = '"\\\\\\"' + "[" * 50_000 + '"'
    deep["escapes before the depth"] = b'{"a":' + text.encode() + b"," + b'"b":' + b"[" * 50_000
    return deep


def _numbers() -> dict[str, bytes]:
    ordinates = ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "null", '"121"', "true", "[]")
    cases = {}
    for ordinate in ordinates:
        coordinates = square_text().replace(str(WEST), ordinate, 1)
        geometry = f'{{"type":"Polygon","coordinates":{coordinates}}}'
        cases[f"ordinate {ordinate}"] = collection(feature(geometry))
    digits = "1" * 1_000_000
    geometry = SQUARE.replace(str(WEST), digits, 1)
    cases["an ordinate of a million digits"] = collection(feature(geometry))
    cases["five ordinates"] = collection(
        feature(SQUARE.replace(f"{WEST},{SOUTH}", f"{WEST},{SOUTH},1,2,3"))
    )
    return cases


def _shapes() -> dict[str, bytes]:
    kinds = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
    cases = {
        f"an empty {kind}": collection(feature(f'{{"type":"{kind}","coordinates":[]}}'))
        for kind in kinds
    }
    cases |= {
        "no geometry": collection(feature("null")),
        "an unknown geometry": collection(feature('{"type":"Circle","coordinates":[1,2]}')),
        "a ring of two points": collection(
            feature(f'{{"type":"Polygon","coordinates":[[[{WEST},{SOUTH}],[{WEST},{SOUTH}]]]}}')
        ),
        "points among polygons": collection(feature(SQUARE), feature(POINT)),
        "300,000 points": collection(
            feature(f'{{"type":"Polygon","coordinates":{ring(300_000)}}}')
        ),
        "a star of 100,000 points": collection(
            feature(f'{{"type":"Polygon","coordinates":{star(100_000)}}}')
        ),
        "a star of 3,000 points": collection(
            feature(f'{{"type":"Polygon","coordinates":{star(3_000)}}}')
        ),
        "200,000 rings": collection(
            feature(
                f'{{"type":"Polygon","coordinates":[{",".join([square_text()[1:-1]] * 200_000)}]}}'
            )
        ),
        "20,000 times the same place": collection(*[feature(SQUARE)] * 20_000),
        "a shape over the whole earth": collection(
            feature('{"type":"Polygon","coordinates":[[[-180,-90],[180,-90],[180,90],[-180,-90]]]}')
        ),
        "a flat polygon": collection(
            feature(
                f'{{"type":"Polygon","coordinates":[[[{WEST},{SOUTH}],[121.01,{SOUTH}],'
                f"[121.02,{SOUTH}],[{WEST},{SOUTH}]]]}}"
            )
        ),
    }
    return cases


def _texts() -> dict[str, bytes]:
    whole = collection(feature(SQUARE))
    cases = {f"cut after {n} bytes": whole[:n] for n in (1, 20, 50, 90, len(whole) - 1)}
    keys = ",".join(f'"k{n}":{n}' for n in range(20_000))
    link = f',"crs":{{"type":"link","properties":{{"href":"{ADDRESS}","type":"ogcwkt"}}}}'
    grid = ',"crs":{"type":"name","properties":{"name":"+proj=longlat +nadgrids=/etc/passwd"}}'
    file = ',"crs":{"type":"name","properties":{"name":"/etc/passwd"}}'
    cases |= {
        "NUL bytes": whole.replace(b"Feature", b"Fea\x00ture"),
        "UTF-16": whole.decode().encode("utf-16"),
        "no UTF-8": collection(feature(SQUARE, '{"名称":"LATIN"}')).replace(
            b"LATIN", b"\xff\xfe\x80"
        ),
        "a lone surrogate": collection(feature(SQUARE, '{"名称":"\\ud800"}')),
        "a control sign": collection(feature(SQUARE, '{"名称":"\\u0000x"}')),
        "20,000 properties": collection(feature(SQUARE, f'{{"名称":"x",{keys}}}')),
        "a CRS by link": collection(feature(SQUARE), more=link),
        "a CRS with a grid file": collection(feature(SQUARE), more=grid),
        "a CRS that is a file": collection(feature(SQUARE), more=file),
        "an unknown CRS": collection(
            feature(SQUARE),
            more=',"crs":{"type":"name","properties":{"name":"EPSG:999999"}}',
        ),
        "a topology": b'{"type":"Topology","objects":{"a":{"type":"Polygon","arcs":[[0]]}},"arcs":[[[0,0'
        b"],[1,1],[0,0]]]}",
        "Esri JSON": b'{"geometryType":"esriGeometryPoint","features":[{"attributes":{"a":1},"geometry":'
        b'{"x":1,"y":2}}]}',
        "a sequence": (feature(SQUARE) + "\n" + feature(SQUARE)).encode(),
        "no features": b'{"type":"FeatureCollection","features":[]}',
        "features of another kind": b'{"type":"FeatureCollection","features":{"a":1}}',
        "features of features": collection(collection(feature(SQUARE)).decode()),
        "only an object": b'{"a":1}',
        "a quote that never closes": b'{"type":"FeatureCollection","a":"' + b"x" * 1_000_000,
        "a text of ten million signs": collection(
            feature(SQUARE, f'{{"名称":"{"x" * 10_000_000}"}}')
        ),
        "a property of lists": collection(feature(SQUARE, '{"名称":["x",[1,{"a":[2]}]]}')),
        "a name that is a path": collection(
            feature(SQUARE), more=',"name":"../../../../etc/passwd"'
        ),
        "a name that is an address": collection(feature(SQUARE), more=f',"name":"{ADDRESS}"'),
    }
    return cases


HARMLESS = {
    "five ordinates": "more than plane coordinates are dropped and it is said",
    "a control sign": "a text ends before its NUL sign",
    "a name that is a path": "the name of a layer is only shown",
    "a name that is an address": "the name of a layer is only shown",
    "a property of lists": "a list becomes its text",
    "a lone surrogate": "it is read as the sign for what cannot be read",
}


def geojson() -> list[Case]:
    contents = {**_deep(), **_numbers(), **_shapes(), **_texts()}
    return [
        of_bytes(f"GeoJSON: {name}", "a.geojson", "buildings", content, HARMLESS.get(name, ""))
        for name, content in contents.items()
    ]
