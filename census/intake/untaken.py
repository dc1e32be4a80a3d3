"""Files that no form takes, and what their sender can do: a sentence for each kind."""

from pathlib import Path
from typing import Final

from census.intake.fields import GeometryNeed

_UNTAKEN: Final = (
    (
        (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf", ".pbf"),
        "OpenStreetMap 原始数据留待以后的版本导入；请先在 QGIS 中把所需图层另存为 GeoPackage",
        "roads from OpenStreetMap come with another version: in QGIS save it as a GeoPackage",
    ),
    (
        (".kmz",),
        "请先解压 .kmz，交付其中的 .kml",
        "unpack the .kmz and deliver the .kml in it",
    ),
    (
        (".zip", ".rar", ".7z", ".tar", ".tgz", ".tar.gz", ".gz", ".bz2", ".xz"),
        "请先解压，交付其中的文件；图层可打包为 .zip，文本表可压缩为 .csv.gz",
        "unpack it and deliver what is in it; layers may come as .zip, text tables as .csv.gz",
    ),
    (
        (".dwg", ".dxf"),
        "CAD 图不带坐标系和属性；请在 GIS 软件中另存为 GeoPackage 并注明坐标系",
        "a drawing carries neither CRS nor values: save it as a GeoPackage in a GIS, with its CRS",
    ),
    (
        (".doc", ".docx", ".wps", ".pdf", ".jpg", ".jpeg", ".png", ".ppt", ".pptx", ".ofd"),
        "文档和图片不能导入；请用 riskatlas forms 写出空白表，填好后交付",
        "documents and pictures cannot be imported: have riskatlas forms write a blank and fill it",
    ),
    (
        (".et", ".xlsb", ".numbers", ".xml", ".mdb", ".accdb"),
        "请在表格或数据库软件中另存为 .xlsx",
        "save it as .xlsx in the program that made it",
    ),
    (
        (".tab", ".mif", ".gpx", ".gml", ".fgb", ".wl", ".vct", ".mdb", ".qgz", ".lyr"),
        "请在 GIS 软件中另存为 GeoPackage",
        "save the layer as a GeoPackage in a GIS",
    ),
    (
        (".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".dbt", ".qix"),
        "这是 Shapefile 的附属文件；请指向同名的 .shp，各文件放在一起",
        "it is a part of a shapefile: name the .shp, with all its parts beside it",
    ),
    (
        (".img", ".grd", ".nc", ".adf", ".vrt", ".jp2", ".ecw", ".hgt", ".dem"),
        "请在 GIS 软件中另存为 GeoTIFF",
        "save it as a GeoTIFF in a GIS",
    ),
    (
        (".txt",),
        "文本表请改名为 .csv（逗号或制表符分隔均可）",
        "rename a text table to .csv (commas or tabs)",
    ),
)  # fmt: skip


WITHOUT_SHAPES_ZH: Final = "该表单是表格，不要图形：请交付 Shapefile 的 .dbf，或另存为 .xlsx"
WITHOUT_SHAPES_EN: Final = (
    "this form is a table without shapes: deliver the .dbf of the shapefile, or an .xlsx"
)
# Files of a kind that other forms take.
_TABLES: Final = (".csv", ".csv.gz", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods", ".dbf")
_LAYERS: Final = (".shp", ".gpkg", ".geojson", ".json", ".kml", ".gdb", ".zip", ".parquet")


def way_out(path: Path, geometry: GeometryNeed) -> tuple[str, str]:
    """
    Say what the sender of a file that no form takes can do.

    Parameters
    ----------
    path
        The file.
    geometry
        What the form asks for.

    Returns
    -------
    tuple of str
        End of a sentence in Chinese and in English, with the sign in front; empty where nothing is
        known.
    """
    name = path.name.lower()
    if geometry == "none" and name.endswith(_LAYERS):
        return f"；{WITHOUT_SHAPES_ZH}", f"; {WITHOUT_SHAPES_EN}"
    if geometry != "raster" and name.endswith(_TABLES):
        return (
            "；表格没有图形：请把各列作为图层的属性交付",
            "; a table has no shapes: deliver a layer with these columns as its values",
        )
    for suffixes, zh, en in _UNTAKEN:
        if name.endswith(suffixes):
            return f"；{zh}", f"; {en}"
    return "", ""
