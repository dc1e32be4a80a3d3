"""The faults of reporting hazards: what is wrong, where, and what to do, in English and Chinese."""

from census.errors import CensusError


class UnknownReportError(CensusError):
    """
    There is no such report, or none that the actor may see.

    Parameters
    ----------
    report_id
        The id asked for.
    """

    def __init__(self, report_id: str) -> None:
        super().__init__(
            f"There is no report {report_id[:40]}. If it waits in a telephone, it has to be sent "
            "first.",
            f"没有编号为 {report_id[:40]} 的上报。如果它还在手机中等待，须先发送。",
        )


class ReportConflictError(CensusError):
    """
    Something else was stored under this id before.

    Parameters
    ----------
    report_id
        Id of the report, the event or the photo.
    """

    def __init__(self, report_id: str) -> None:
        super().__init__(
            f"Something else was stored as {report_id[:40]} before. Nothing was changed; keep "
            "this one and report it anew.",
            f"编号 {report_id[:40]} 下已存有另一内容。未作任何改动；请保留本条并重新上报。",
        )


class OutsideDistrictError(CensusError):
    """
    A place lies outside the district.

    Parameters
    ----------
    x, y
        Longitude and latitude, degrees.
    district_zh, district_en
        Name of the district.
    """

    def __init__(self, x: float, y: float, district_zh: str, district_en: str) -> None:
        super().__init__(
            f"{x:.5f}, {y:.5f} lies outside {district_en}. Move the cross onto the place, or "
            "tell the bureau of that district.",
            f"位置 {x:.5f}, {y:.5f} 不在{district_zh}内。请把十字移到险情地点，"
            "或通知当地应急部门。",
        )


class UnannouncedPhotoError(CensusError):
    """
    A photo does not belong to the report that it is sent for.

    Parameters
    ----------
    sha256
        Hash of the photo.
    """

    def __init__(self, sha256: str) -> None:
        super().__init__(
            f"The report does not name the photo {sha256[:12]}. Nothing was stored.",
            f"该上报没有列出照片 {sha256[:12]}。未存储。",
        )


class TooManyPhotosError(CensusError):
    """
    A report and what was added to it name more photos than are kept.

    Parameters
    ----------
    most
        How many are kept in all.
    """

    def __init__(self, most: int) -> None:
        super().__init__(
            f"A report and its additions have at most {most} photos in all. Nothing of this "
            "addition was stored; send it with fewer.",
            f"一条上报连同补充最多 {most} 张照片。这次补充未存储；请减少照片后再发送。",
        )


class OwnReportError(CensusError):
    """
    Somebody would decide on what they reported themselves.

    Parameters
    ----------
    number
        Number of the report.
    """

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Report {number} is your own; another person has to decide on it.",
            f"第 {number} 号上报是您本人报送的，须由另一人核实。",
        )


class DecidedReportError(CensusError):
    """
    Somebody decided on a report before.

    Parameters
    ----------
    number
        Number of the report.
    """

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Report {number} has been decided on meanwhile. Look at it again; nothing was "
            "changed.",
            f"第 {number} 号上报已由他人处理。请重新查看；未作任何改动。",
        )


class ReasonMissingError(CensusError):
    """A decision needs a word and none is given."""

    def __init__(self) -> None:
        super().__init__(
            "Say in a word why: the officer reads it. Nothing was changed.",
            "请写明理由，上报人会看到。未作任何改动。",
        )
