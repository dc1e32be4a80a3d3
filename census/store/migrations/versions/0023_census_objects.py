"""Shelters by hazard, kinds of hazard sites, terms of duties, and the tables of more objects."""

from alembic import context, op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# ``name type words``: ! may not be null, * is the key, # has an index.
ADDED = {
    "shelter": (
        "address text 地址",
        "usable_flood boolean 可否用于洪水；空为未知",
        "usable_inland_flood boolean 可否用于内涝；空为未知",
        "usable_storm_surge boolean 可否用于风暴潮；空为未知",
        "usable_typhoon boolean 可否用于台风；空为未知",
        "usable_landslide boolean 可否用于崩塌、滑坡、泥石流；空为未知",
        "usable_earthquake boolean 可否用于地震；空为未知",
        "usable_tsunami boolean 可否用于海啸；空为未知",
        "usable_large_fire boolean 可否用于大规模火灾；空为未知",
        "usable_forest_fire boolean 可否用于森林火灾；空为未知",
        "usable_volcano boolean 可否用于火山；空为未知",
        "grade text GB/T 44013 级别",
        "duration text GB/T 44013 时长类型：emergency、short、long",
        "setting text GB/T 44013 空间类型：indoor、outdoor",
        "scope text GB/T 44013 功能类型：general、single",
        "gb51143_class text GB 51143 类别",
        "effective_area_m2 float8 有效避难面积，平方米",
        "floor_level_m float8 室内地面高程，米",
        "gates integer 出入口，个",
        "key_holder_post text 钥匙保管岗位（到岗位，不含个人）",
    ),
    "hazard_site": (
        "households_threatened integer 受威胁户数",
        "property_threatened_10k_yuan float8 受威胁财产，万元",
        "threat_grade text 险情等级：giant、large、medium、small",
        "size_grade text 规模等级：giant、large、medium、small",
        "responsible_post text 责任岗位（到岗位，不含个人）",
        "checked_on date 最近排查日期",
    ),
    "duty": (
        "valid_from date 生效日期；空为未交付",
        "valid_to date 最后一日；空为现行",
        "phone_checked_on date 电话最近核对日期（不含号码）",
    ),
}
ADDED_RULES = {
    "shelter": ("shelter_size", "effective_area_m2 >= 0 and gates >= 0"),
    "hazard_site": ("hazard_site_households", "households_threatened >= 0"),
    "duty": ("duty_term", "valid_to >= valid_from"),
}
# Of each table: its words, the kind of its geometry, its columns, what may not repeat.
TABLES = {
    "shelter_round": (
        "避难场所适用性检查",
        "",
        (
            "shelter_code text! 避难场所编号",
            "checked_on date! 检查日期",
            "post text 检查岗位（到岗位，不含个人）",
            "is_fit boolean 是否可用；空为未判定",
            "finding text 发现的问题",
        ),
        "shelter_code, checked_on",
    ),
    "shelter_opening": (
        "避难场所启用记录",
        "",
        (
            "shelter_code text! 避难场所编号",
            "opened_at timestamptz! 开放时间",
            "closed_at timestamptz 关闭时间；空为仍开放",
            "hazard text 灾种",
            "people_most integer 最多时人数",
        ),
        "shelter_code, opened_at",
    ),
    "installation": (
        "危险化学品重大危险源",
        "POINT",
        (
            "code text* 重大危险源编号",
            "name text! 名称",
            "enterprise_code text# 企业编号",
            "kind text 单元：production、storage",
            "level text 交付的级别：level_1…level_4，一级最高",
            "r_value float8 交付的R值",
            "people_within_500m integer 厂区边界外500米内常住人数",
            "filed_on date 备案日期",
            "review_due_on date 下次评估期限",
            "responsible_post text 包保责任岗位（到岗位，不含个人）",
            "village_code text# 所属村；空为区外",
        ),
        "",
    ),
    "installation_substance": (
        "重大危险源的物质与数量",
        "",
        (
            "installation_code text! 重大危险源编号",
            "substance text! 物质名称",
            "cas text CAS号",
            "hazard_class text 危险性类别，如 J1、W5.1",
            "quantity_t float8! 存在量，吨",
            "critical_quantity_t float8 临界量，吨",
            "beta float8 校正系数β",
        ),
        "installation_code, substance",
    ),
    "rescue_team": (
        "应急救援队伍",
        "POINT",
        (
            "code text* 队伍编号",
            "name text! 名称",
            "kind text! 类型：general、special、social、village",
            "people integer 人数",
            "leader_post text 负责岗位（到岗位，不含个人）",
            "ready_min float8 集结时间，分钟",
            "is_on_call boolean 是否24小时备勤；空为未知",
            "village_code text# 所属村；空为区外",
        ),
        "",
    ),
    "rescue_equipment": (
        "应急救援装备",
        "",
        (
            "code text* 装备编号",
            "name text! 名称",
            "kind text 类别",
            "team_code text# 所属队伍编号",
            "depot_code text# 存放库点编号",
            "amount float8! 数量，按计量单位",
            "unit text 计量单位",
            "is_working boolean 是否完好；空为未知",
            "checked_on date 检查日期",
        ),
        "",
    ),
    "material_depot": (
        "应急物资储备库点",
        "POINT",
        (
            "code text* 库点编号",
            "name text! 名称",
            "level text 级别：district、town、village",
            "area_m2 float8 面积，平方米",
            "keeper_post text 保管岗位（到岗位，不含个人）",
            "village_code text# 所属村；空为区外",
        ),
        "",
    ),
    "stock_movement": (
        "应急物资出入库",
        "",
        (
            "code text! 单据号",
            "depot_code text!# 库点编号",
            "material text! 物资",
            "batch text 批次",
            "movement text! in 入库、out 出库、rotation 轮换、count 盘点（实存数）、scrap 报废",
            "amount float8! 数量，按计量单位",
            "unit text! 计量单位",
            "moved_on date! 日期",
            "expires_on date 有效期至；空为无期限或未交付",
        ),
        "code",
    ),
    "emergency_plan": (
        "乡镇、村应急预案",
        "",
        (
            "code text* 预案编号",
            "division_code text!# 乡镇或村代码",
            "name text! 名称",
            "kind text! 类型：overall、special、on_site",
            "hazard text 灾种；空为各类灾害",
            "edition text 版次",
            "issued_on date! 印发日期",
            "review_due_on date 应复审日期",
            "drilled_on date 最近演练日期",
            "responsible_post text 负责岗位（到岗位，不含个人）",
        ),
        "",
    ),
    "station": (
        "监测站",
        "POINT",
        (
            "code text* 测站编号",
            "name text! 名称",
            "kind text! 类型",
            "unit text 读数单位",
            "warning_value float8 警戒值，按读数单位",
            "danger_value float8 保证值或危险值，按读数单位",
            "owner text 管理单位",
            "village_code text# 所属村；空为区外",
        ),
        "",
    ),
    "station_reading": (
        "监测读数",
        "",
        (
            "station_code text! 测站编号",
            "observed_at timestamptz! 观测时间",
            "value float8! 读数",
            "unit text! 单位",
            "is_doubtful boolean 是否存疑；空为未标",
        ),
        "station_code, observed_at",
    ),
    "road_state": (
        "道路通行状态",
        "GEOMETRY",
        (
            "code text* 编号",
            "road_name text! 路名或路段",
            "state text! 状态：open、restricted、closed",
            "hazard text 灾种",
            "depth_m float8 积水深度，米",
            "began_at timestamptz! 开始时间",
            "ended_at timestamptz 结束时间；空为未结束",
            "detour text 绕行说明",
            "village_code text# 所属村；空为区外",
        ),
        "",
    ),
    "household": (
        "家庭户（到村的合计，不含个人）",
        "",
        (
            "division_code text* 村代码",
            "households integer! 户数",
            "elderly_alone_households integer 独居老人户数",
            "low_income_households integer 低收入户数",
            "weak_house_households integer 居住在土木、砖木结构房屋的户数",
            "disabled_people integer 残疾人数",
        ),
        "",
    ),
    "village_group": (
        "村民小组",
        "GEOMETRY",
        (
            "code text* 村民小组代码",
            "name text! 名称",
            "village_code text!# 所属村代码",
            "households integer 户数",
            "people integer 人数",
        ),
        "",
    ),
}
RULES = {
    "shelter_opening_term": ("shelter_opening", "closed_at >= opened_at"),
    "installation_level": ("installation", "level in ('level_1','level_2','level_3','level_4')"),
    "installation_kind": ("installation", "kind in ('production','storage')"),
    "installation_substance_quantity": ("installation_substance", "quantity_t >= 0"),
    "rescue_team_kind": ("rescue_team", "kind in ('general','special','social','village')"),
    "rescue_equipment_amount": ("rescue_equipment", "amount >= 0"),
    "material_depot_level": ("material_depot", "level in ('district','town','village')"),
    "stock_movement_amount": ("stock_movement", "amount >= 0"),
    "stock_movement_movement": (
        "stock_movement",
        "movement in ('in','out','rotation','count','scrap')",
    ),
    "emergency_plan_kind": ("emergency_plan", "kind in ('overall','special','on_site')"),
    "station_kind": (
        "station",
        "kind in ('rain','river_level','tide','wind','displacement','seepage','other')",
    ),
    "road_state_state": ("road_state", "state in ('open','restricted','closed')"),
    "road_state_term": ("road_state", "ended_at >= began_at"),
}
GEOMETRY = {
    "installation": "位置",
    "rescue_team": "驻地",
    "material_depot": "位置",
    "station": "位置",
    "road_state": "路段或位置",
    "village_group": "范围或中心",
}
# What the public sees of each; of tables that are not named here, nothing.
SHOWN = {
    "shelter": (
        "code name kind village_code capacity_people capacity_source "
        "capacity_note_zh capacity_note_en footprint_m2 levels is_candidate geom "
        "address usable_flood usable_inland_flood usable_storm_surge "
        "usable_typhoon usable_landslide usable_earthquake usable_tsunami "
        "usable_large_fire usable_forest_fire usable_volcano grade duration "
        "setting scope gb51143_class effective_area_m2 floor_level_m gates"
    ),
    "hazard_site": (
        "code name kind hazard origin village_code people_threatened depth_max_m "
        "area_m2 description geom households_threatened threat_grade size_grade "
        "checked_on"
    ),
    "duty": "id division_code post task role sequence valid_from valid_to",
    "shelter_opening": "id shelter_code opened_at closed_at hazard people_most",
    "installation": (
        "code name enterprise_code kind level filed_on review_due_on village_code geom"
    ),
    "rescue_team": "code name kind people ready_min is_on_call village_code geom",
    "material_depot": "code name level area_m2 village_code geom",
    "emergency_plan": (
        "code division_code name kind hazard edition issued_on review_due_on drilled_on"
    ),
    "station": "code name kind unit warning_value danger_value owner village_code geom",
    "station_reading": "id station_code observed_at value unit is_doubtful",
    "road_state": "code road_name state hazard depth_m began_at ended_at village_code geom",
    "village_group": "code name village_code geom",
}
COMMENTS = """
do $$
declare shown record;
begin
    for shown in
        select v.attrelid::regclass as view, v.attname as name,
               col_description(t.attrelid, t.attnum) as words
        from pg_attribute v
        join pg_class c on c.oid = v.attrelid and c.relnamespace = 'pub'::regnamespace
        join pg_class o on o.relname = c.relname and o.relnamespace = 'census'::regnamespace
        join pg_attribute t on t.attrelid = o.oid and t.attname = v.attname
        where v.attnum > 0 and c.relname = any('{{{names}}}')
    loop
        execute format('comment on column %s.%I is %L', shown.view, shown.name, shown.words);
    end loop;
end $$
"""
# How many residents were entered as needing help is nobody's business outside.
DELIVERIES = (
    "create or replace view pub.delivery as select form, received_at, rows_imported, "
    "rows_refused, provider, data_date from census.delivery"
)
# The public's view of the tables that were there before, as it was.
SHOWN_BEFORE = {
    "shelter": (
        "code name kind village_code capacity_people capacity_source capacity_note_zh "
        "capacity_note_en footprint_m2 levels is_candidate geom"
    ),
    "hazard_site": (
        "code name kind hazard origin village_code people_threatened depth_max_m area_m2 "
        "description geom"
    ),
    "duty": "id division_code post task role sequence",
}


def upgrade() -> None:
    """Add columns and tables, and show the public what it may see of them."""
    for table, lines in ADDED.items():
        for line in lines:
            name, kind, words = line.split(" ", 2)
            op.execute(f"alter table census.{table} add column {name} {kind}")
            op.execute(f"comment on column census.{table}.{name} is '{words}'")
        rule, condition = ADDED_RULES[table]
        op.execute(f"alter table census.{table} add constraint {rule} check ({condition})")
    for table, (words, shape, lines, once) in TABLES.items():
        _make(table, words, shape, lines, once)
    for rule, (table, condition) in RULES.items():
        op.execute(f"alter table census.{table} add constraint {rule} check ({condition})")
    _show(SHOWN)
    op.execute(DELIVERIES + " where form <> 'vulnerable_residents'")


def downgrade() -> None:
    """Take them away again."""
    op.execute(DELIVERIES)
    for table in SHOWN:
        op.execute(f"drop view pub.{table}")
    for table in reversed(TABLES):
        op.execute(f"drop table census.{table}")
    for table, lines in ADDED.items():
        op.execute(f"alter table census.{table} drop constraint {ADDED_RULES[table][0]}")
        for line in lines:
            op.execute(f"alter table census.{table} drop column {line.split(' ', 1)[0]}")
    _show(SHOWN_BEFORE)


def _make(table: str, words: str, shape: str, lines: tuple[str, ...], once: str) -> None:
    columns, comments, indexed = [], {"delivery_id": "来自哪一批次"}, []
    if not any(line.split(" ")[1].endswith("*") for line in lines):
        columns.append("id bigint generated by default as identity primary key")
        comments["id"] = "编号"
    for line in lines:
        name, kind, comments[name] = line.split(" ", 2)
        marks = kind.lstrip("abcdefghijklmnopqrstuvwxyz0123456789")
        ends = {"*": " primary key", "!": " not null"}.get(marks[:1], "")
        columns.append(f"{name} {kind.removesuffix(marks)}{ends}")
        if "#" in marks:
            indexed.append(name)
    if shape:
        columns.append(f"geom geometry({shape}, {context.config.attributes['srid']}) not null")
        comments["geom"] = GEOMETRY[table]
    columns += [
        "delivery_id bigint references census.delivery (id)",
        "source_row integer",
        "notes jsonb not null default '[]'",
    ]
    comments |= {"source_row": "原文件中的行号", "notes": "入库时的修正与提示"}
    if once:
        columns.append(f"constraint {table}_once unique ({once})")
    if shape:
        columns.append(f"constraint {table}_geom_valid check (st_isvalid(geom))")
    op.execute(f"create table census.{table} ({', '.join(columns)})")
    op.execute(f"comment on table census.{table} is '{words}'")
    for name, text in comments.items():
        op.execute(f"comment on column census.{table}.{name} is '{text}'")
    for name in indexed:
        op.execute(f"create index ix_census_{table}_{name} on census.{table} ({name})")
    if shape:
        op.execute(f"create index {table}_geom_gist on census.{table} using gist (geom)")


def _show(shown: dict[str, str]) -> None:
    for table, columns in shown.items():
        op.execute(f"drop view if exists pub.{table}")
        listed = ", ".join(f'"{name}"' for name in columns.split())
        op.execute(f"create view pub.{table} as select {listed} from census.{table}")  # noqa: S608  (fixed names)
        op.execute(f"grant select on pub.{table} to riskatlas_public, riskatlas_app")
    op.execute(COMMENTS.format(names=",".join(shown)))
