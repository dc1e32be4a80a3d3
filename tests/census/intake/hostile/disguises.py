"""Files that name other files or addresses, under every name that we take."""

# ruff: noqa: E501  (one hostile file is one line)

from tests.census.intake.hostile.cases import Case, of_bytes

# The canary lies beside the file; PORT is that of a listener that must stay alone.
CANARY, ADDRESS = "canary.csv", "http://127.0.0.1:PORT/x"
TARGETS = {
    "file": CANARY, "passwd": "/etc/passwd", "curl": f"/vsicurl/{ADDRESS}",
    "zip": f"/vsizip//vsicurl/{ADDRESS}.zip",
}  # fmt: skip


def vector_vrt(target: str, layer: str) -> str:
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="{layer}"><SrcDataSource relativeToVRT="1">{target}'
        "</SrcDataSource><SrcLayer>canary</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
    )


def raster_vrt(target: str, layer: str) -> str:
    return (
        f'<VRTDataset rasterXSize="20" rasterYSize="1"><!--{layer}--><VRTRasterBand dataType="Byte" '
        f'band="1" subClass="VRTRawRasterBand"><SourceFilename>{target}</SourceFilename>'
        "<ImageOffset>0</ImageOffset></VRTRasterBand></VRTDataset>"
    )


PAYLOADS = {
    **{f"vector vrt to {k}": vector_vrt(v, "LAYER") for k, v in TARGETS.items()},
    **{f"raster vrt to {k}": raster_vrt(v, "LAYER") for k, v in TARGETS.items()},
    "wms": f"<GDAL_WMS><Service name='WMS'><ServerUrl>{ADDRESS}?LAYER</ServerUrl></Service></GDAL_WMS>",
    "wfs": f"<OGRWFSDataSource><URL>{ADDRESS}?LAYER</URL></OGRWFSDataSource>",
    "kml link": f"<kml><NetworkLink><Link><href>{ADDRESS}?LAYER</href></Link></NetworkLink></kml>",
    "gml link": f'<gml:FeatureCollection xmlns:gml="g" x="LAYER"><a xlink:href="{ADDRESS}"/>'
    "</gml:FeatureCollection>",
    "xml entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a n="LAYER">&x;</a>',
    "index of tiles": "<GDALTileIndexDataset><IndexDataset>canary.csv</IndexDataset><a>LAYER</a>"
    "</GDALTileIndexDataset>",
    "pipeline": '{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read canary.csv '
    'LAYER"}',
    "stac": f'{{"type":"Feature","stac_version":"1.0.0","LAYER":1,"assets":{{"a":{{"href":"{ADDRESS}"'
    "}}}",
}
# What a file of the kind begins with: the payload hides behind it.
HEADS = {
    ".gpkg": b"SQLite format 3\x00", ".shp": b"\x00\x00\x27\x0a", ".geojson": b'{"type":"',
    ".tif": b"II*\x00\x08\x00\x00\x00", ".xlsx": b"PK\x03\x04", ".xls": b"\xd0\xcf\x11\xe0",
    ".csv": "村代码,常住人口,数据依据\n".encode(), ".tsv": "村代码\t常住人口\t数据依据\n".encode(),
    ".json": b'{"type":"', ".kml": b"<kml><Document>", ".zip": b"PK\x03\x04",
    ".csv.gz": b"\x1f\x8b\x08", ".dbf": b"\x03", ".xlsm": b"PK\x03\x04",
    ".asc": b"ncols 20\nnrows 1\nxllcorner 121\nyllcorner 32\ncellsize 1\n",
}  # fmt: skip
FORMS = {
    ".gpkg": "buildings", ".shp": "buildings", ".geojson": "buildings", ".tif": "flood_depth",
    ".xlsx": "people", ".xls": "people", ".csv": "people", ".tsv": "people", ".json": "buildings",
    ".kml": "buildings", ".zip": "buildings", ".csv.gz": "people", ".dbf": "people",
    ".xlsm": "people", ".asc": "flood_depth",
}  # fmt: skip
NAMED = "a text table is read as text: nothing in it is followed"


def disguises() -> list[Case]:
    cases = []
    for name, payload in PAYLOADS.items():
        for suffix, head in HEADS.items():
            text = payload.replace("LAYER", suffix[1:]).encode()
            if suffix not in {".csv", ".tsv"}:
                cases.append(of_bytes(f"{name} as {suffix}", f"a{suffix}", FORMS[suffix], text))
            hidden = head + text
            cases.append(
                of_bytes(f"{name} behind the head of {suffix}", f"b{suffix}", FORMS[suffix], hidden)
            )
    return cases
