"""What officers report, its photos and steps; what holds of it; what the public sees of it."""

from typing import Any

from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Identity,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CORE = "census"
KEPT = ("report", "report_photo", "report_event", "change_set", "change_row")

# A decision holds until a later one, except that a returned report waits again once its officer
# added something. Of what the officer added, the last by the device's own count holds, in whatever
# order it came; what was withdrawn stays withdrawn unless it had been decided on.
STATE = """
create view census.report_state as
select r.id, r.number, r.account_id, r.reporter_name, r.named_village, r.village_code, r.unit_code,
       r.geom, r.accuracy_m, r.place_source, r.doubts, r.kind,
       coalesce(a.severity, r.severity) as severity,
       coalesce(a.people_threatened, r.people_threatened) as people_threatened,
       coalesce(a.words, r.words) as words,
       r.photos, r.device, r.sequence, r.written_at, r.clock_off_s, r.received_at,
       case when d.kind in ('accepted', 'joined') then d.kind
            when w.id is not null then 'withdrawn'
            when d.kind = 'returned' and coalesce(l.number, 0) < d.number then 'returned'
            else 'received' end as status,
       d.reason, d.actor as decided_by, d.actor_name as decided_by_name,
       d.received_at as decided_at, d.joined_to, d.site_code,
       greatest(r.received_at, d.received_at, l.received_at) as changed_at
from census.report r
left join lateral (
    select e.* from census.report_event e
    where e.report_id = r.id and e.kind in ('accepted', 'returned', 'joined')
    order by e.number desc limit 1) d on true
left join lateral (
    select e.* from census.report_event e where e.report_id = r.id and e.kind = 'amended'
    order by e.sequence desc, e.number desc limit 1) a on true
left join lateral (
    select e.id from census.report_event e where e.report_id = r.id and e.kind = 'withdrawn'
    limit 1) w on true
left join lateral (
    select e.number, e.received_at from census.report_event e
    where e.report_id = r.id and e.kind in ('amended', 'withdrawn')
    order by e.number desc limit 1) l on true
"""

# Where somebody stands who reports is nobody's business until it is verified: the public sees its
# grid unit, else its village, and never a word, a photo or a person.
SHOWN = """
create view pub.reported_hazard as
select 'R-' || s.number as code, s.kind, s.severity, s.status = 'accepted' as is_verified,
       s.village_code, s.received_at as reported_at,
       case when s.status = 'accepted' then s.geom else st_pointonsurface(d.geom) end as geom
from census.report_state s
left join census.division d on d.code = coalesce(s.unit_code, s.village_code)
where s.status in ('accepted', 'received') and (s.status = 'accepted' or d.code is not null)
"""
STATE_WORDS = {
    "status": "received 待核实、accepted 已采纳、returned 已退回、joined 已并入、withdrawn 已撤回",
    "reason": "退回的理由",
    "decided_by": "处理人账号编号",
    "decided_by_name": "处理人当时的显示名",
    "decided_at": "处理时间",
    "joined_to": "并入哪一条上报",
    "site_code": "采纳后成为的隐患点",
    "changed_at": "最近一次变化",
}
# The rest says what the column of the statement says.
SAME_WORDS = """
do $$ declare said record; begin for said in
    select v.attname as name, col_description(t.attrelid, t.attnum) as words
    from pg_attribute v join pg_attribute t
      on t.attrelid = 'census.report'::regclass and t.attname = v.attname
    where v.attrelid = 'census.report_state'::regclass and v.attnum > 0 loop
    execute format('comment on column census.report_state.%I is %L', said.name, said.words);
end loop; end $$
"""
SHOWN_WORDS = {
    "code": "受理号",
    "kind": "种类",
    "severity": "程度：1一般、2较重、3严重",
    "is_verified": "是否已核实",
    "village_code": "所在村",
    "reported_at": "收到时间",
    "geom": "位置；未核实的只到网格",
}


def _at(name: str, words: str) -> "Column[Any]":
    return Column(
        name, DateTime(timezone=True), server_default=text("clock_timestamp()"), nullable=False,
        comment=words,
    )  # fmt: skip


def _sent() -> "tuple[Column[Any], ...]":
    return (
        Column("device", Text(), comment="设备自取的编号；空为非手机"),
        Column("sequence", BigInteger(), comment="设备上的顺序号"),
        Column("written_at", DateTime(timezone=True), comment="填写时间，按手机时钟"),
        Column("clock_off_s", Float(), comment="手机时钟快于服务器的秒数；空为未知"),
        Column("content_sha256", Text(), comment="所收内容的哈希，即回执"),
        _at("received_at", "服务器收到时间"),
    )


def upgrade() -> None:
    """Create the tables, what keeps them, the state that holds, and what the public sees."""
    _report()
    _report_photo()
    _report_event()
    _changes()
    for name in KEPT:
        op.execute(
            f"create trigger keep before update or delete on {CORE}.{name} "
            "for each row execute function census.refuse_change()"
        )
        op.execute(
            f"create trigger keep_all before truncate on {CORE}.{name} "
            "for each statement execute function census.refuse_change()"
        )
        op.execute(f"revoke update, delete, truncate on {CORE}.{name} from riskatlas_app")
    op.execute(STATE)
    op.execute(SHOWN)
    op.execute("comment on view census.report_state is '上报的现状，由其流转算得'")
    op.execute("comment on view pub.reported_hazard is '现场险情，不含人员、文字和照片'")
    op.execute(SAME_WORDS)
    for name, words in STATE_WORDS.items():
        op.execute(f"comment on column census.report_state.{name} is '{words}'")
    for name, words in SHOWN_WORDS.items():
        op.execute(f"comment on column pub.reported_hazard.{name} is '{words}'")


def _report() -> None:
    srid = int(op.get_context().config.attributes["srid"])  # type: ignore[union-attr]
    op.create_table(
        "report",
        Column("id", Uuid(), nullable=False, comment="手机自取的编号"),
        Column("number", BigInteger(), Identity(always=False), nullable=False, comment="受理号"),
        Column("account_id", Text(), nullable=False, comment="上报人账号编号"),
        Column("reporter_name", Text(), nullable=False, comment="当时的显示名"),
        Column("named_village", Text(), comment="上报人选定的村"),
        Column("village_code", Text(), comment="位置所在村；空为区外边缘"),
        Column("unit_code", Text(), comment="位置所在网格"),
        Column(
            "geom", Geometry("POINT", srid=srid, spatial_index=False), nullable=False,
            comment="上报位置",
        ),
        Column("accuracy_m", Float(), comment="定位精度，米；空为在地图上点选"),
        Column("place_source", Text(), nullable=False, comment="gps 定位、map 地图点选"),
        Column("doubts", JSONB(), server_default="[]", nullable=False, comment="存疑之处，代码"),
        Column("kind", Text(), nullable=False, comment="种类，见 ReportKind"),
        Column("severity", SmallInteger(), nullable=False, comment="程度：1一般、2较重、3严重"),
        Column("people_threatened", Integer(), comment="受威胁人数；空为未知"),
        Column("words", Text(), comment="文字说明"),
        Column(
            "photos", JSONB(), server_default="[]", nullable=False, comment="所附照片的哈希"
        ),
        *_sent(),
        CheckConstraint("st_isvalid(geom)", name="report_geom_valid"),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("number"),
        schema=CORE,
        comment="现场险情上报，只增不改",
    )  # fmt: skip
    op.create_index("report_geom_gist", "report", ["geom"], schema=CORE, postgresql_using="gist")
    for name in ("account_id", "village_code"):
        op.create_index(f"ix_census_report_{name}", "report", [name], schema=CORE)


def _report_photo() -> None:
    op.create_table(
        "report_photo",
        Column("report_id", Uuid(), nullable=False, comment="上报"),
        Column("sha256", Text(), nullable=False, comment="手机所发原图的哈希，即回执"),
        Column("jpeg", LargeBinary(), nullable=False, comment="重新编码的照片，不含 EXIF"),
        Column("width_px", Integer(), nullable=False, comment="宽，像素"),
        Column("height_px", Integer(), nullable=False, comment="高，像素"),
        _at("received_at", "服务器收到时间"),
        ForeignKeyConstraint(["report_id"], [f"{CORE}.report.id"]),
        PrimaryKeyConstraint("report_id", "sha256"),
        schema=CORE,
        comment="上报所附照片，不公开",
    )


def _report_event() -> None:
    kinds = "amended 补充、withdrawn 撤回、accepted 采纳、returned 退回、joined 并入"
    op.create_table(
        "report_event",
        Column("id", Uuid(), nullable=False, comment="编号；手机所发者由手机自取"),
        Column("number", BigInteger(), Identity(always=False), nullable=False, comment="先后"),
        Column("report_id", Uuid(), nullable=False, comment="上报"),
        Column("kind", Text(), nullable=False, comment=kinds),
        Column("actor", Text(), nullable=False, comment="账号编号"),
        Column("actor_name", Text(), nullable=False, comment="当时的显示名"),
        Column("reason", Text(), comment="理由"),
        Column("joined_to", Uuid(), comment="并入哪一条上报"),
        Column("site_code", Text(), comment="采纳后成为的隐患点"),
        Column("severity", SmallInteger(), comment="补充：程度"),
        Column("people_threatened", Integer(), comment="补充：受威胁人数"),
        Column("words", Text(), comment="补充：文字"),
        *_sent(),
        ForeignKeyConstraint(["report_id"], [f"{CORE}.report.id"]),
        ForeignKeyConstraint(["joined_to"], [f"{CORE}.report.id"]),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("number"),
        schema=CORE,
        comment="上报的流转，只增不改",
    )
    op.create_index(
        "ix_census_report_event_report", "report_event", ["report_id", "number"], schema=CORE
    )


def _changes() -> None:
    op.create_table(
        "change_set",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="编号"),
        Column("origin", Text(), nullable=False, comment="由何而来，如 report"),
        Column("origin_id", Text(), nullable=False, comment="来源的编号"),
        Column("proposed_by", Text(), nullable=False, comment="提出人账号编号"),
        Column("reviewed_by", Text(), nullable=False, comment="审核人账号编号"),
        _at("applied_at", "生效时间"),
        PrimaryKeyConstraint("id"),
        schema=CORE,
        comment="经审核的变更，只增不改",
    )
    op.create_table(
        "change_row",
        Column("change_set_id", BigInteger(), nullable=False, comment="哪一次变更"),
        Column("layer", Text(), nullable=False, comment="图层，即表名"),
        Column("code", Text(), nullable=False, comment="对象编号"),
        Column("kind", Text(), nullable=False, comment="insert、update、delete"),
        Column("before", JSONB(), comment="变更前；新增为空"),
        Column("after", JSONB(), comment="变更后；删除为空"),
        ForeignKeyConstraint(["change_set_id"], [f"{CORE}.change_set.id"]),
        PrimaryKeyConstraint("change_set_id", "layer", "code"),
        schema=CORE,
        comment="经审核的变更的各行，只增不改",
    )


def downgrade() -> None:
    """Take all of it away."""
    op.execute("drop view pub.reported_hazard")
    op.execute("drop view census.report_state")
    for name in reversed(KEPT):
        op.drop_table(name, schema=CORE)
