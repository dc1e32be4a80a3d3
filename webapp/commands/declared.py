"""Declare what can be typed: every command, its options, and the room that carries it out.

Nothing heavy is imported here; `cli` imports a command's room once the command is known.
"""

import argparse
from datetime import date
from typing import Any, Final

from census.store.offered import (
    FORM_FORMATS,
    LAYERS,
    OFFICE_LAYERS,
    PERSONAL_LAYERS,
    PRODUCTS,
    RASTER_FORMATS,
    RASTERS,
    ROW_FORMATS,
    RUN_FORMATS,
)
from webapp.commands.console import folder_of
from webapp.commands.declared_floods import declare_floods
from webapp.commands.declared_printing import declare_printing
from webapp.commands.declared_zoning import declare_zone

DROP_WORK: Final = "连同账号、审计、路线一起放弃 give up its accounts, audit and routes"
TLS_PORT: Final = 8443
LAST_TLS_PORT: Final = 65535
HAZARD: Final[dict[str, Any]] = {"default": "flood", "help": "灾种 the hazard"}


def declare(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    """
    Declare every command; ``run`` names room and function of each.

    Parameters
    ----------
    parsers
        Where commands are declared.
    common
        Options that every command has.
    """
    loading = (_demo, _init, _import, _changes, _forms)
    using = (_make, declare_floods, _lose, declare_printing, _take_out, _judge, _users)
    for declare_some in (*loading, *using, _screens, _tls, _serve):
        declare_some(parsers, common)


def _demo(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    demo = parsers.add_parser(
        "demo", parents=[common], help="载入样例地区并打开 load a sample district and serve it"
    )
    demo.add_argument("--data", type=folder_of, help="样例文件夹 folder of the sample files")
    demo.add_argument("--seed", type=int, help="示例区的种子 seed of the example district")
    demo.add_argument("--villages", type=int, help="示例区的村数 villages of the example district")
    demo.add_argument("--port", type=int, help="端口 port of the pages")
    demo.add_argument("--no-serve", action="store_true", help="只载入 load only")
    demo.add_argument("--drop-work", action="store_true", help=DROP_WORK)
    demo.set_defaults(run="demo:run_demo")


def _init(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    init = parsers.add_parser(
        "init", parents=[common], help="建立自己的地区 make a district of one's own"
    )
    init.add_argument(
        "profile",
        type=folder_of,
        metavar="DIR-or-PROFILE",
        help="区县档案，或含 district.toml 与交付文件的文件夹 profile, or folder with deliveries",
    )
    init.add_argument("--replace", action="store_true", help="替换同名地区 replace a stored one")
    init.add_argument("--drop-work", action="store_true", help=DROP_WORK)
    init.set_defaults(run="loading:run_init")


def _import(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    imports = parsers.add_parser("import", parents=[common], help="导入交付文件 import a delivery")
    imports.add_argument("form", metavar="FORM", help="表单，见 riskatlas forms a form")
    imports.add_argument(
        "files", nargs="+", type=folder_of, metavar="FILE", help="交付的文件 the delivered files"
    )
    imports.add_argument("--check", action="store_true", help="只检查 check, change nothing")
    _states(imports)
    imports.add_argument(
        "--report", type=folder_of, metavar="OUT.json", help="写出全部错误 every fault as a file"
    )
    imports.add_argument(
        "--yes",
        action="store_true",
        help="导入合格的行，允许大量消失 load the good rows, let many go",
    )
    imports.add_argument(
        "--propose",
        action="store_true",
        help="留待审核，见 riskatlas changes keep it for somebody's yes",
    )
    imports.set_defaults(run="loading:run_import")


def _states(imports: argparse.ArgumentParser) -> None:
    """Declare what a sender states of a delivery that its files do not tell."""
    imports.add_argument(
        "--source-crs", metavar="EPSG|GCJ02|BD09", help="交付的坐标系 what its coordinates are in"
    )
    imports.add_argument("--encoding", help="文字编码，如 GB18030 encoding of the text")
    imports.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COL=FIELD",
        type=_pair,
        help="列名对应字段 a column for a field",
    )
    imports.add_argument(
        "--layer",
        action="append",
        default=[],
        metavar="NAME",
        help="只读此图层或工作表 only this layer or sheet",
    )
    imports.add_argument(
        "--return-period",
        type=float,
        metavar="YEARS",
        dest="return_period_years",
        help="水深的重现期，年 return period of a depth raster",
    )
    imports.add_argument(
        "--rmse",
        type=float,
        metavar="METRES",
        dest="vertical_rmse_m",
        help="高程中误差，米 error of heights (RMSE)",
    )


def _changes(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    changes = parsers.add_parser(
        "changes", parents=[common], help="待审的交付 deliveries that wait for a yes"
    )
    changes.add_argument(
        "number", nargs="?", type=int, metavar="NUMBER", help="编号；不填则列出 none lists all"
    )
    what = changes.add_mutually_exclusive_group()
    what.add_argument("--accept", action="store_true", help="同意并入库 accept and load it")
    what.add_argument("--reject", action="store_true", help="退回 reject it")
    what.add_argument("--stop", action="store_true", help="停止处理 stop the work on it")
    what.add_argument("--again", action="store_true", help="重新检查 check it again")
    changes.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="CODE",
        help="剔除此对象的改动，可多次 leave this object's change out",
    )
    changes.add_argument("--yes", action="store_true", help="确认大量消失 let many go")
    changes.add_argument("--reason", metavar="TEXT", help="理由 why")
    changes.add_argument(
        "--out", type=folder_of, metavar="FILE", help="写出改动清单 write the changes: .xlsx .csv"
    )
    changes.set_defaults(run="changes:run_changes")


def _pair(text: str) -> tuple[str, str]:
    column, equals, name = text.partition("=")
    if not equals or not column or not name:
        raise argparse.ArgumentTypeError(f"应为 列名=字段 must be COL=FIELD: {text!r}")
    return column, name


def _forms(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    blank = parsers.add_parser("forms", parents=[common], help="空白表单 list forms, write a blank")
    blank.add_argument(
        "name", nargs="?", metavar="NAME", help="表单 a form; 不填则列出 none lists all"
    )
    blank.add_argument(
        "--out", type=folder_of, metavar="FILE.xlsx", help="写出空白工作簿 write a blank workbook"
    )
    blank.set_defaults(run="loading:run_forms")


def _make(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    declare_zone(parsers, common, HAZARD)
    capacity = parsers.add_parser(
        "capacity", parents=[common], help="减灾能力评估 assess coping capacity"
    )
    capacity.set_defaults(run="coping:run_assessment")
    evacuate = parsers.add_parser("evacuate", help="转移方案 evacuation plans")
    steps = evacuate.add_subparsers(dest="step", required=True)
    propose = steps.add_parser("propose", parents=[common], help="提出方案 propose a plan")
    propose.add_argument("--hazard", **HAZARD)
    propose.set_defaults(run="products:run_propose")


def _lose(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    losses = parsers.add_parser(
        "losses", parents=[common], help="洪水损失与年均值 losses of floods, mean of a year"
    )
    losses.add_argument("--hazard", **HAZARD)
    losses.set_defaults(run="losses:run_losses_of")


def _take_out(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    layers = parsers.add_parser("layers", parents=[common], help="有哪些图层 what is there")
    layers.set_defaults(run="looking:run_layers")
    divisions = parsers.add_parser(
        "divisions", parents=[common], help="区划及其人口、面积 divisions and their figures"
    )
    divisions.add_argument(
        "--of",
        type=_day,
        metavar="YYYY-MM-DD",
        help="按该日的区划统计 in the divisions of that day",
    )
    divisions.add_argument(
        "--level", choices=["village", "town"], default="village", help="村或乡镇 which level"
    )
    divisions.set_defaults(run="editions:run_divisions")
    exports = parsers.add_parser("export", parents=[common], help="导出图层 take a layer out")
    names = [*LAYERS, *PRODUCTS, *OFFICE_LAYERS, *PERSONAL_LAYERS, *RASTERS, "run"]
    formats = [*ROW_FORMATS, *FORM_FORMATS, *RASTER_FORMATS, *RUN_FORMATS]
    exports.add_argument("layer", choices=names, metavar="LAYER", help=" ".join(names))
    exports.add_argument("number", nargs="?", metavar="NUMBER", help="区划编号 of `run`: which one")
    exports.add_argument("--format", choices=formats, required=True, help="格式 format")
    exports.add_argument(
        "--out", type=folder_of, required=True, metavar="FILE",
        help="写到此文件，区划为文件夹 file; of `run` a folder",
    )  # fmt: skip
    exports.add_argument(
        "--hazard",
        help="风险区划、连片区的灾种 hazard of risk zones (none: leading), areas (none: all)",
    )
    exports.set_defaults(run="products:run_export")
    history = parsers.add_parser(
        "history", parents=[common], help="一个对象的变更 what became of one object"
    )
    history.add_argument("form", metavar="FORM", help="表单，见 riskatlas forms a form")
    history.add_argument("code", metavar="CODE", help="对象编号 code of the object")
    history.set_defaults(run="history:run_history")


def _judge(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    checks = parsers.add_parser("check", parents=[common], help="各表是否一致 do the tables agree")
    checks.add_argument(
        "--rule", action="append", default=[], metavar="NAME", help="只核对此规则 only this rule"
    )
    checks.add_argument("--all", action="store_true", help="全部列出 list every finding")
    checks.add_argument(
        "--report", type=folder_of, metavar="OUT.json", help="写出清单 write them to a file"
    )
    checks.set_defaults(run="checking:run_check")
    samples = parsers.add_parser("sample", parents=[common], help="抽样质检 draw a sample to judge")
    samples.add_argument("form", metavar="FORM", help="表单，见 riskatlas forms a form")
    samples.add_argument(
        "--objects", type=_count, metavar="N", help="对象数，默认5%% objects, 5 %% by default"
    )
    samples.add_argument(
        "--seed", type=_count, default=1, metavar="N", help="抽样起点 its beginning"
    )
    samples.add_argument(
        "--out", type=folder_of, required=True, metavar="FILE.xlsx", help="写到此文件 file"
    )
    samples.set_defaults(run="quality:run_sample")
    quality = parsers.add_parser(
        "quality", parents=[common], help="质检差错率 share of wrong values"
    )
    quality.set_defaults(run="quality:run_quality")


def _users(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    users = parsers.add_parser("user", help="账号 accounts: who may sign in")
    steps = users.add_subparsers(dest="step", required=True)

    def declare_one(step: str, words: str, *, named: bool = True) -> argparse.ArgumentParser:
        one: argparse.ArgumentParser = steps.add_parser(step, parents=[common], help=words)
        if named:
            one.add_argument("name", metavar="NAME", help="登录名或工号 login name or staff number")
        one.set_defaults(run="people:run_user")
        return one

    def with_role(one: argparse.ArgumentParser) -> argparse.ArgumentParser:
        one.add_argument("--role", required=True, metavar="ROLE", help="角色 such as planner")
        one.add_argument(
            "--scope",
            default="",
            metavar="CODE",
            help="乡镇或村代码，不填为全区 none: the district",
        )
        return one

    adds = with_role(declare_one("add", "添加，并给出一次性重置码 add one, with its one-time code"))
    adds.add_argument("--display", metavar="TEXT", help="显示名 name shown to others")
    adds.add_argument("--staff-number", metavar="NUMBER", help="工号 staff number")
    adds.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help="最后一日 last day")
    declare_one("list", "列出 list them", named=False)
    with_role(declare_one("grant", "授予角色 give a role"))
    with_role(declare_one("revoke", "收回角色 take a role away"))
    codes = declare_one("code", "发放一次性重置码 hand out a one-time code")
    codes.add_argument(
        "--drop-second-factor", action="store_true", help="同时解除二次验证 the telephone is lost"
    )
    declare_one("reset-factor", "解除二次验证 take its second step away")
    rule = declare_one("factor", "哪些角色须二次验证 which roles need a second step", named=False)
    change = rule.add_mutually_exclusive_group()
    change.add_argument("--require", metavar="ROLE", help="从此须二次验证 required from now on")
    change.add_argument("--release", metavar="ROLE", help="不再要求 not required any more")
    declare_one("close", "关闭 close one for good")


def _screens(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    screens = parsers.add_parser("screen", help="展示屏的链接 links of wall screens")
    steps = screens.add_subparsers(dest="step", required=True)
    adds = steps.add_parser(
        "add", parents=[common], help="建立，并显示链接 make one, with its link"
    )
    adds.add_argument("name", metavar="NAME", help="名称，如所在地点 such as where it hangs")
    adds.add_argument("--profile", required=True, help="方案，见 displays.toml such as hall")
    adds.add_argument("--town", default="", metavar="CODE", help="乡镇代码 for a town's screen")
    lists = steps.add_parser("list", parents=[common], help="列出 list them")
    revokes = steps.add_parser("revoke", parents=[common], help="撤销链接 revoke the link of one")
    revokes.add_argument("name", metavar="NAME", help="名称 its name")
    for one in (adds, lists, revokes):
        one.set_defaults(run="screens:run_screen")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"应为 年-月-日 must be YYYY-MM-DD: {text!r}") from None


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:10]) < 10**9:
        raise argparse.ArgumentTypeError(f"应为正整数 must be a positive number: {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:6]) <= LAST_TLS_PORT:
        raise argparse.ArgumentTypeError(f"端口为 1 至 65535 a port is 1 to 65535: {text!r}")
    return int(text)


def _tls(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    tls = parsers.add_parser("tls", help="https 证书 certificates for https")
    steps = tls.add_subparsers(dest="step", required=True)
    init = steps.add_parser(
        "init", parents=[common], help="建立 CA 并签发证书 make the authority and a certificate"
    )
    init.add_argument(
        "--host",
        action="append",
        default=[],
        help="人们输入的主机名或地址，可多次给出 what people type, once for each",
    )
    init.add_argument(
        "--new-authority",
        action="store_true",
        help="另建 CA，各设备须重新安装 another authority, to be installed everywhere again",
    )
    init.set_defaults(run="securing:run_tls_init")


def _serve(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    runs = parsers.add_parser("serve", parents=[common], help="启动网页 serve the pages")
    runs.add_argument("--port", type=int, help="端口 port of the pages")
    runs.add_argument("--address", help="对外网址，印在二维码中 where people reach the pages")
    runs.add_argument("--tls", action="store_true", help="用 https 提供服务 serve https by nginx")
    runs.add_argument("--tls-port", type=_port, default=TLS_PORT, help="https 端口 port of https")
    runs.set_defaults(run="running:run_serve")
    stops = parsers.add_parser("stop", parents=[common], help="停止 stop serving")
    stops.set_defaults(run="running:run_stop")
    status = parsers.add_parser("status", parents=[common], help="状态 what is here, what runs")
    status.set_defaults(run="looking:run_status")
    doctor = parsers.add_parser("doctor", parents=[common], help="检查本机 check this machine")
    doctor.set_defaults(run="looking:run_doctor")
