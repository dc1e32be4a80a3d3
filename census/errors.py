"""The faults of census: each class builds its sentence from facts, in English and Chinese."""


class CensusError(Exception):
    """
    Base of every fault that census raises on purpose; a command shows it and exits.

    Parameters
    ----------
    sentence_en
        What is wrong, where, and what to do, in English.
    sentence_zh
        The same in Chinese.
    """

    def __init__(self, sentence_en: str, sentence_zh: str) -> None:
        super().__init__(sentence_en)
        self.sentence_en = sentence_en
        self.sentence_zh = sentence_zh


class UnknownRunError(CensusError):
    """
    No zoning run of the district has this number.

    Parameters
    ----------
    number
        The number asked for.
    place
        Name of the district's database.
    """

    def __init__(self, number: str, place: str) -> None:
        super().__init__(
            f"{place} has no zoning run {number}; the page /zonings lists those that are kept.",
            f"{place} 没有编号为 {number} 的区划；网页 /zonings 列有全部留存的区划。",
        )


class UnknownDivisionError(CensusError):
    """
    No division of the district has this code.

    Parameters
    ----------
    code
        The code asked for.
    place
        The place whose divisions were searched.
    """

    def __init__(self, code: str, place: str) -> None:
        super().__init__(
            f"No division of {place} has the code {code!r}. Search by name, or look at the list "
            "of towns and villages.",
            f"“{place}”没有代码为“{code}”的行政区划。请按名称搜索，或查看乡镇、村（社区）列表。",
        )


class UnknownPlaceError(CensusError):
    """
    A place was asked for that has not been loaded or is not known.

    Parameters
    ----------
    place
        The name asked for.
    known
        The names that are known.
    """

    def __init__(self, place: str, known: list[str]) -> None:
        names = ", ".join(known) or "-"
        super().__init__(
            f"The place {place!r} is not known here. Known places: {names}.",
            f"没有名为“{place}”的地区。已有：{names}。",
        )


class NoPlaceError(CensusError):
    """No district has been loaded yet."""

    def __init__(self) -> None:
        super().__init__(
            "No district is loaded yet. Type `riskatlas demo` for the example district, or "
            "`riskatlas init` for your own.",
            "尚未载入任何地区。输入 `riskatlas demo` 载入示例区，或用 `riskatlas init` 建立。",
        )


class NotYetMadeError(CensusError):
    """
    A product was asked for before it was computed.

    Parameters
    ----------
    product
        Name of the product, in English.
    product_zh
        The same in Chinese.
    command
        The command that makes it.
    """

    def __init__(self, product: str, product_zh: str, command: str) -> None:
        super().__init__(
            f"There is no {product} yet. Make it with `{command}`.",
            f"还没有{product_zh}。请用 `{command}` 生成。",
        )


class PostgisMissingError(CensusError):
    """
    The machine lacks PostgreSQL, or PostGIS for the PostgreSQL that is there.

    Parameters
    ----------
    major
        Major version that was found, or that the stored data needs; None where no server was found.
    """

    def __init__(self, major: int | None) -> None:
        packages = f"postgresql-{major}-postgis-3" if major else "postgresql postgresql-postgis"
        line = f"apt-get install -y {packages}"
        missing = f"PostGIS for PostgreSQL {major}" if major else "PostgreSQL with PostGIS"
        missing_zh = f"PostgreSQL {major} 的 PostGIS" if major else "PostgreSQL 与 PostGIS"
        super().__init__(
            f"{missing} is not on this machine. Install it as root with `{line}`, then try again; "
            "or set RISKATLAS_DSN to an office server.",
            f"本机没有{missing_zh}。请以 root 身份运行 `{line}` 后重试；"
            "或用 RISKATLAS_DSN 指定单位的数据库服务器。",
        )


class FolderError(CensusError):
    """
    A folder of the store cannot be used.

    Parameters
    ----------
    folder
        The folder.
    reason
        Why it cannot be used, in English.
    reason_zh
        The same in Chinese.
    """

    def __init__(self, folder: object, reason: str, reason_zh: str) -> None:
        super().__init__(
            f"The folder {folder} cannot hold the database: {reason}. Choose another one with "
            "RISKATLAS_HOME.",
            f"文件夹 {folder} 不能存放数据库：{reason_zh}。请用 RISKATLAS_HOME 另选一个。",
        )


class DiskFullError(CensusError):
    """
    The disk that holds the store has no room.

    Parameters
    ----------
    folder
        A folder on that disk.
    free_mb
        Free space, megabytes.
    need_mb
        Space that the step needs, megabytes; None where the database server found the disk full.
    """

    def __init__(self, folder: object, free_mb: float, need_mb: float | None = None) -> None:
        need = f", about {need_mb:.0f} MB are needed" if need_mb else ""
        need_zh = f"，约需 {need_mb:.0f} MB" if need_mb else ""
        super().__init__(
            f"The disk of {folder} is full: {free_mb:.0f} MB free{need}. Nothing of the last step "
            "was kept; what was stored before is safe. Make room and try again.",
            f"{folder} 所在磁盘已满：剩余 {free_mb:.0f} MB{need_zh}。最后一步未保存，此前内容完好。"
            "请腾出空间后重试。",
        )


class StoreStartError(CensusError):
    """
    The private database server does not start.

    Parameters
    ----------
    log
        The server's log file.
    tail
        The last lines it wrote.
    """

    def __init__(self, log: object, tail: str) -> None:
        super().__init__(
            f"The database server does not start. Its log {log} ends with: {tail}",
            f"数据库服务器无法启动。日志 {log} 的末尾是：{tail}",
        )


class StoreBusyError(CensusError):
    """
    Another process has been starting or stopping the store for too long.

    Parameters
    ----------
    lock
        The lock file.
    holder
        Process id written into it.
    """

    def __init__(self, lock: object, holder: str) -> None:
        super().__init__(
            f"Process {holder} has been starting or stopping the database for over two minutes "
            f"(it holds {lock}). Look at what it does, or end it, then try again.",
            f"进程 {holder} 启动或停止数据库已超过两分钟（占用 {lock}）。请查看或结束它后重试。",
        )


class ServerError(CensusError):
    """
    The office server of RISKATLAS_DSN cannot be used as it is.

    Parameters
    ----------
    reason
        What the server answered.
    remedy
        What its administrator types there.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(
            f"The server of RISKATLAS_DSN cannot be used: {reason}. Its administrator types: "
            f"{remedy}",
            f"RISKATLAS_DSN 指定的服务器不可用：{reason}。请管理员执行：{remedy}",
        )


class ServerAwayError(CensusError):
    """
    The office server of RISKATLAS_DSN does not answer, or its address is none.

    Parameters
    ----------
    reason
        What the driver said, in English.
    reason_zh
        The same in Chinese, or in the words of the driver.
    """

    def __init__(self, reason: str, reason_zh: str) -> None:
        super().__init__(
            f"The server of RISKATLAS_DSN cannot be reached: {reason}. Check the address, which "
            "reads postgresql://user@host/database, and the server; unset it for the private one.",
            f"无法连接 RISKATLAS_DSN 指定的服务器：{reason_zh}。请检查地址"
            "（写作 postgresql://user@host/database）和服务器；取消该设置则使用本机私有库。",
        )


class PlaceExistsError(CensusError):
    """
    A place of this name is already stored.

    Parameters
    ----------
    place
        Its name.
    """

    def __init__(self, place: str) -> None:
        super().__init__(
            f"The place {place!r} is already stored. Load it anew with --replace, or choose "
            "another name.",
            f"已有名为“{place}”的地区。请用 --replace 替换，或换一个名称。",
        )


class PlaceBusyError(CensusError):
    """
    Another process loads the place.

    Parameters
    ----------
    place
        Its name.
    """

    def __init__(self, place: str) -> None:
        super().__init__(
            f"Another process is loading the place {place!r}. Nothing was changed; try again when "
            "it is done.",
            f"另一个进程正在载入地区“{place}”。没有改动任何内容；请在其完成后重试。",
        )


class PlaceNameError(CensusError):
    """
    A place name cannot name a database.

    Parameters
    ----------
    place
        The name given.
    """

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place!r} cannot be a place name: use 1 to 40 of a-z, 0-9 and _, a letter first.",
            f"“{place}”不能作地区名：请用1至40个小写字母、数字或下划线，以字母开头。",
        )


class SettingError(CensusError):
    """
    An environment setting holds a value that it cannot have.

    Parameters
    ----------
    name
        The variable.
    value
        Its value.
    need
        What it needs, in English.
    need_zh
        The same in Chinese.
    """

    def __init__(self, name: str, value: str, need: str, need_zh: str) -> None:
        super().__init__(
            f"The setting {name} is {value!r}; it must be {need}.",
            f"设置 {name} 为“{value}”；应为{need_zh}。",
        )


class LayerWriteError(CensusError):
    """
    A frame does not fit the table it is to be written to.

    Parameters
    ----------
    table
        The table.
    reason
        What does not fit, in English.
    reason_zh
        The same in Chinese.
    """

    def __init__(self, table: str, reason: str, reason_zh: str) -> None:
        super().__init__(
            f"The layer {table} was not written: {reason}. Nothing was changed.",
            f"图层 {table} 未写入：{reason_zh}。数据未作改动。",
        )


class UnknownLayerError(CensusError):
    """
    A layer was asked for that is not offered.

    Parameters
    ----------
    layer
        The name asked for.
    known
        The names that are offered.
    """

    def __init__(self, layer: str, known: list[str]) -> None:
        super().__init__(
            f"There is no layer {layer!r}. Layers: {', '.join(known)}.",
            f"没有图层“{layer}”。可用图层：{'、'.join(known)}。",
        )


class UnknownFormError(CensusError):
    """
    A form was asked for that the census does not have.

    Parameters
    ----------
    name
        The name asked for.
    known
        The names of the forms there are.
    """

    def __init__(self, name: str, known: list[str]) -> None:
        names = ", ".join(known)
        super().__init__(
            f"There is no form {name!r}. The forms are: {names}.",
            f"没有名为“{name}”的表单。可用的表单：{names}。",
        )
