"""The faults of identity and rights; what an outsider may not learn, no sentence tells."""

from collections.abc import Mapping

from census.errors import CensusError


class RightsError(CensusError):
    """
    The tables of rights do not fit each other or the program.

    Parameters
    ----------
    reason
        What does not fit, in English.
    reason_zh
        The same in Chinese.
    """

    def __init__(self, reason: str, reason_zh: str) -> None:
        super().__init__(
            f"The tables of rights (data/reference/access.toml) do not fit: {reason}. Correct the "
            "rows; until then nothing is allowed.",
            f"权限表（data/reference/access.toml）不一致：{reason_zh}。请改正；改正前一律拒绝。",
        )


class ForbiddenError(CensusError):
    """
    Somebody asked for what none of his roles allows there.

    Parameters
    ----------
    action_en
        Words of the action, in English.
    action_zh
        The same in Chinese.
    place
        Code of the division; empty for the whole district.
    """

    def __init__(self, action_en: str, action_zh: str, place: str = "") -> None:
        where, where_zh = (f" for {place}", f"（{place}）") if place else ("", "")
        super().__init__(
            f"You may not {action_en}{where}. Nothing was changed. Ask the security administrator "
            "for the role, or a colleague who has it.",
            f"您无权{action_zh}{where_zh}。未作任何改动。请向安全管理员申请角色，或请有权限的同事办理。",
        )


class OwnRoleError(ForbiddenError):
    """Somebody wanted to give himself a role."""

    def __init__(self) -> None:
        super().__init__("give yourself a role", "给自己授予角色")


class OwnAccountError(ForbiddenError):
    """Somebody wanted to do to the own account what another person has to do."""

    def __init__(self) -> None:
        super().__init__(
            "close or reset your own account, or take a role from it",
            "关闭、重置本人的账号，或收回本人的角色",
        )


class RolesApartError(CensusError):
    """
    One account was to hold two roles that must stay with two people.

    Parameters
    ----------
    asked
        Words of the role asked for, in Chinese and English.
    held
        Words of the role it has or would get besides.
    """

    def __init__(self, asked: tuple[str, str], held: tuple[str, str]) -> None:
        super().__init__(
            f"The account is {held[1]}, so it cannot be {asked[1]} as well: who keeps the "
            "accounts, who reads the audit and who publishes are three different people, or one of "
            "them could give himself a right and hide it. Nothing was changed; give the role to "
            "another account.",
            f"该账号是{held[0]}，不能兼任{asked[0]}：三员分立，管理账号、查看审计、负责发布须由"
            "不同的人担任，谁也不能自授权限再自行掩盖。未作任何改动；请授予其他账号。",
        )


class DistrictRoleError(CensusError):
    """
    A role that acts for the whole district was to be given for a part of it.

    Parameters
    ----------
    role
        Words of the role, in Chinese and English.
    """

    def __init__(self, role: tuple[str, str]) -> None:
        super().__init__(
            f"The role {role[1]} holds for the whole district only; accounts and audit have no "
            "parts. Nothing was changed; leave the scope at the whole district.",
            f"{role[0]}只能作用于全区：账号和审计不分片区。未作任何改动；范围请选“全区”。",
        )


class AlreadyDoneError(CensusError):
    """
    A form arrived a second time, by a double click or a reload.

    Parameters
    ----------
    object_code
        What the first one made or changed.
    """

    def __init__(self, object_code: str) -> None:
        super().__init__(
            "This form arrived before; what it asks for was done then, and nothing more now.",
            "这份表单已提交过；所请求的已在当时办理，现在没有再次执行。",
        )
        self.object_code = object_code


class UnknownRoleError(CensusError):
    """
    A role was named that nobody can hold.

    Parameters
    ----------
    role
        The name.
    known
        The roles that can be held.
    """

    def __init__(self, role: str, known: list[str]) -> None:
        super().__init__(
            f"There is no role {role!r} for accounts. Roles: {', '.join(known)}.",
            f"没有可授予账号的角色“{role}”。可用角色：{'、'.join(known)}。",
        )


class UnknownAccountError(CensusError):
    """
    No account has this name or id.

    Parameters
    ----------
    name
        The name, staff number or id asked for.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no account {name!r}. Look at the list of accounts.",
            f"没有账号“{name}”。请查看账号列表。",
        )


class AccountExistsError(CensusError):
    """
    Another account has this login name or staff number.

    Parameters
    ----------
    name
        The name or number.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"An account already signs in as {name!r}. Choose another name.",
            f"已有账号使用“{name}”登录。请换一个名称。",
        )


class AccountNameError(CensusError):
    """
    A text cannot be a login name or staff number.

    Parameters
    ----------
    name
        The text.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} cannot be a login name or staff number: use 1 to 64 characters, no spaces "
            "inside and no control characters.",
            f"“{name}”不能作登录名或工号：请用1至64个字符，中间无空格，无控制字符。",
        )


class MixedScriptsError(CensusError):
    """
    A login name mixes letters that look alike and are not, such as those of Latin and Cyrillic.

    Parameters
    ----------
    name
        The name.
    scripts
        The scripts of its letters, as Unicode calls them.
    """

    def __init__(self, name: str, scripts: list[str]) -> None:
        super().__init__(
            f"The login name or staff number {name!r} mixes letters of {', '.join(scripts)}; it "
            "could be mistaken for another. Use one script, with Chinese characters and digits as "
            "you like.",
            f"登录名或工号“{name}”混用了多种字母（{'、'.join(scripts)}），容易与他人混淆。"
            "请只用一种字母，可与汉字、数字同用。",
        )


class DisplayNameError(CensusError):
    """A name shown to others is too long, or holds characters that cannot be seen."""

    def __init__(self) -> None:
        super().__init__(
            "The display name has more than 64 characters, or holds characters that cannot be seen "
            "or turn the direction of writing. Type it anew, as the person writes it.",
            "显示名超过64个字符，或含有不可见字符、改变书写方向的字符。请按本人写法重新输入。",
        )


class LoginRefusedError(CensusError):
    """Name and password, or name and code, open no account; why, an outsider never learns."""

    def __init__(self) -> None:
        super().__init__(
            "The name and the password (or code) do not fit. Check both; after several failures "
            "signing in is locked for a while. The security administrator hands out a new code.",
            "登录名与密码（或重置码）不符。请检查后重试；多次失败会暂时锁定。"
            "忘记密码请向安全管理员索取重置码。",
        )


class LockedError(CensusError):
    """
    There were too many failures for this name, known or not, or from this address.

    Parameters
    ----------
    wait_s
        Seconds until the next try.
    """

    def __init__(self, wait_s: int) -> None:
        minutes = -(-wait_s // 60)
        super().__init__(
            f"Too many failures. Try again in {minutes} min.",
            f"失败次数过多。请在 {minutes} 分钟后再试。",
        )
        self.wait_s = wait_s


class WeakPasswordError(CensusError):
    """
    A password is too short, too long, or among the commonest.

    Parameters
    ----------
    reason
        What is wrong with it, in English.
    reason_zh
        The same in Chinese.
    """

    def __init__(self, reason: str, reason_zh: str) -> None:
        super().__init__(
            f"This password cannot be used: {reason}. Choose another one, best a short sentence.",
            f"不能使用此密码：{reason_zh}。请另选一个，最好是一句短语。",
        )


class PeoplesWorkError(CensusError):
    """
    A place was to be loaded anew over what people have made in it.

    Parameters
    ----------
    place
        Name of the place.
    work
        Counts: accounts, entries (of the audit), posts, residents, versions, published, drafts,
        reports, screens, proposals.
    """

    def __init__(self, place: str, work: Mapping[str, int]) -> None:
        people = work["posts"] + work["residents"]
        super().__init__(
            f"People work in the place {place!r}: {work['accounts']} accounts, {work['entries']} "
            f"entries of the audit, {work['versions']} versions of routes ({work['published']} "
            f"routes published), {work['drafts']} drafts, {people} persons entered, "
            f"{work['reports']} reported hazards, {work['screens']} wall screens, "
            f"{work['proposals']} proposed deliveries. Loading it anew would destroy all of "
            "that, so nothing was changed. Go on with it as it is: "
            f"riskatlas serve --place {place}. New census data come in by riskatlas import, which "
            "keeps accounts, audit and routes. To give it all up, export the audit first (page "
            "/audit) and add --drop-work.",
            f"地区“{place}”中有人员的工作成果：账号 {work['accounts']} 个、审计记录 "
            f"{work['entries']} 条、路线版本 {work['versions']} 个（已发布路线 {work['published']} "
            f"条）、草稿 {work['drafts']} 份、已登记人员 {people} 人、险情上报 "
            f"{work['reports']} 条、展示屏 {work['screens']} 块、待审交付 "
            f"{work['proposals']} 份。重新载入会全部销毁，"
            f"因此未作任何改动。按现状继续使用：riskatlas serve --place {place}。新的普查数据用 "
            "riskatlas import 导入，账号、审计和路线都保留。确要放弃，请先导出审计（/audit 页），"
            "再加 --drop-work。",
        )
