"""The command parses, calls, prints; every fault is a sentence in two languages, no traceback."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from uuid import uuid4

import pytest

from census.store.offered import RASTERS
from census.store.places import drop_place, places, sole_loader
from webapp.cli import main


@pytest.fixture
def riskatlas(cluster_settings, monkeypatch, capsys):
    """Run a command on the home of the test's cluster."""
    monkeypatch.setenv("RISKATLAS_HOME", str(cluster_settings.home))
    for name in ("RISKATLAS_DSN", "RISKATLAS_PLACE", "RISKATLAS_PORT"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: run(capsys, *arguments)


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(
    "arguments",
    [[], ["fly"], ["print", "risk"], ["import", "people", "f.csv", "--map", "nothing"]],
)
def test_wrong_usage_is_exit_2(capsys, arguments):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "用法不对" in capsys.readouterr().err


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"Riskatlas {version('riskatlas')}\n"


def test_an_empty_home_has_no_district(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("RISKATLAS_HOME", str(tmp_path))
    code, out, _ = run(capsys, "status", "--json")
    assert code == 0
    assert json.loads(out)["places"] == []
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(capsys, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RISKATLAS_HOME", str(tmp_path / "file"))
    code, _, err = run(capsys, "layers")
    assert code == 1
    assert "RISKATLAS_HOME" in err
    assert "文件夹" in err


def test_layers_of_a_place(riskatlas, small_district):
    code, out, _ = riskatlas("layers", "--place", small_district.place, "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["rows"]["duties"] == 3
    assert facts["plan"] == "EP-1"


def test_every_layer_that_is_listed_is_offered_and_comes_out(riskatlas, small_district, tmp_path):
    place = ["--place", small_district.place, "--json"]
    rows = json.loads(riskatlas("layers", *place)[1])["rows"]
    with pytest.raises(SystemExit):
        main(["export", "ghosts", "--format", "csv", "--out", "x"])
    for layer in rows:
        kind = "tif" if layer in RASTERS else "parquet"
        out = tmp_path / f"{layer}.{kind}"
        code, said, err = riskatlas("export", layer, "--format", kind, "--out", out, *place)
        if layer in RASTERS:
            # This district has no rasters: the layer is known, and said to be missing.
            assert (code, rows[layer]) == (1, 0)
            assert f"raster {layer}" in err
        else:
            assert json.loads(said)["rows"] == rows[layer]


def test_status_counts_the_hazard_sites_that_were_derived(riskatlas, small_district):
    facts = json.loads(riskatlas("status", "--place", small_district.place, "--json")[1])
    assert facts["rows"]["hazard_sites"] == 1
    assert facts["made_here"]["hazard_sites"] == 1


def test_a_place_that_is_not_stored_is_named_with_those_that_are(riskatlas, small_district):
    code, _, err = riskatlas("layers", "--place", "atlantis")
    assert code == 1
    assert "atlantis" in err
    assert small_district.place in err


def test_print_writes_the_report_of_a_run_and_asks_which(riskatlas, small_district, tmp_path):
    place = ["--out", tmp_path, "--place", small_district.place]
    code, _, _ = riskatlas("print", "run", "FZ-1", "--lang", "en", *place)
    assert code == 0
    assert (tmp_path / "FZ-1-en.pdf").read_bytes().startswith(b"%PDF")
    for wrong in (["run", "--all"], ["risk", "FZ-1"], ["run", "FZ-9"]):
        code, _, err = riskatlas("print", *wrong, *place)
        assert code == 1
        assert "run" in err


def test_print_writes_one_file_a_village(riskatlas, small_district, tmp_path):
    arguments = ["--town", "990001001000", "--out", tmp_path, "--json"]
    code, out, _ = riskatlas("print", "risk", *arguments, "--place", small_district.place)
    assert code == 0
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["risk-990001001001.pdf", "risk-990001001002.pdf"]
    assert len(json.loads(out)["seconds"]) == 2


def test_a_village_code_that_does_not_exist_prints_nothing(riskatlas, small_district, tmp_path):
    codes = ["990001001001", "990001009999"]
    place = ["--place", small_district.place]
    code, _, err = riskatlas(
        "print", "risk", "--village", *codes, "--out", tmp_path / "out", *place
    )
    assert code == 1
    assert "990001009999" in err
    assert list((tmp_path / "out").iterdir()) == []


def test_an_output_folder_that_is_a_file_is_named(riskatlas, small_district, tmp_path):
    (tmp_path / "taken").write_text("")
    place = ["--place", small_district.place]
    code, _, err = riskatlas("print", "risk", "--all", "--out", tmp_path / "taken", *place)
    assert code == 1
    assert "--out" in err


def test_a_form_that_does_not_exist_is_wrong_usage(riskatlas, tmp_path):
    code, _, err = riskatlas("import", "unicorns", tmp_path / "x.csv")
    assert code == 2
    assert "divisions" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "空"), (b"a,b\n1,2\n", "表")],
)
def test_an_empty_file_and_one_of_another_form_change_nothing(
    riskatlas, empty_place, tmp_path, content, said
):
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    report = tmp_path / "report.json"
    code, out, _ = riskatlas(
        "import", "people", file, "--place", empty_place.place, "--report", report, "--json"
    )
    facts = json.loads(out)
    assert code == 1
    assert facts["is_refused"]
    assert facts["imported"] == 0
    assert facts == json.loads(report.read_text())
    sentences = " ".join(p["sentence_en"] + p["sentence_zh"] for p in facts["problems"])
    assert said in sentences


def test_a_question_about_an_encoding_stands_in_the_report_and_an_option_answers_it(
    riskatlas, empty_place, tmp_path
):
    file, report = tmp_path / "people.csv", tmp_path / "report.json"
    # The same bytes are 高雄 in Big5 and 蔼动 in GB18030.
    file.write_bytes("code,name\n1,高雄\n".encode("cp950"))
    asked = ("import", "people", file, "--place", empty_place.place, "--report", report)
    assert riskatlas(*asked)[0] == 1
    (problem,) = [
        each for each in json.loads(report.read_text())["problems"] if each["rule"] == "encoding"
    ]
    assert "Big5 读作“高雄”" in problem["sentence_zh"]
    assert riskatlas(*asked, "--encoding", "Big5", "--layer", "x")[0] == 1
    rules = [each["rule"] for each in json.loads(report.read_text())["problems"]]
    assert "encoding" not in rules


def test_forms_are_listed_and_a_blank_is_written(capsys, tmp_path):
    code, out, _ = run(capsys, "forms", "--json")
    assert code == 0
    told = {form["name"]: form for form in json.loads(out)["forms"]}
    assert (told["duties"]["table"], told["duties"]["geometry"]) == ("duty", "none")
    assert [name for name, form in told.items() if form["is_personal"]] == ["vulnerable_residents"]
    _, out, _ = run(capsys, "forms")
    assert "需帮助转移的居民  residents who need help  [resident; 无图形 no geometry;" in out
    assert out.count("个人信息 personal") == 1
    blank = tmp_path / "duties.xlsx"
    assert run(capsys, "forms", "duties", "--out", blank)[0] == 0
    assert blank.stat().st_size > 0


def test_who_reads_no_more_of_an_answer_hears_no_complaint():
    reading, writing = os.pipe()
    os.close(reading)
    typed = [sys.executable, "-m", "webapp.cli", "forms"]
    told = subprocess.run(typed, check=False, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (told.returncode, told.stderr) == (141, "")


def test_a_profile_names_everything_it_lacks_at_once(riskatlas, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('code = "990002"\nname_zh = "我区"\n', encoding="utf-8")
    code, _, err = riskatlas("init", file)
    assert code == 1
    for key in ("name_en", "srid", "metric_srid", "timezone", "attribution", "data_date"):
        assert key in err


PROFILE = """
code = "990003"
name_zh = "我区"
name_en = "Mine"
srid = 4490
metric_srid = 4549
timezone = "Asia/Shanghai"
is_made_up = true
attribution = "me"
data_date = 2026-01-01
"""


@pytest.fixture
def profile(tmp_path, cluster_settings):
    """Write the profile of a district that is not stored yet; what becomes of it is dropped."""
    file = tmp_path / f"mine_{uuid4().hex[:8]}.toml"
    file.write_text(PROFILE, encoding="utf-8")
    yield file
    if file.stem in places(cluster_settings):
        drop_place(cluster_settings, file.stem)


def test_a_district_that_was_made_to_the_end_is_complete(riskatlas, profile):
    assert riskatlas("init", profile)[0] == 0
    facts = json.loads(riskatlas("status", "--place", profile.stem, "--json")[1])
    assert facts["is_complete"] is True
    assert facts["current"] == profile.stem


def test_while_one_process_makes_a_district_another_is_told_so(
    riskatlas, profile, cluster_settings
):
    with sole_loader(cluster_settings, profile.stem):
        code, _, err = riskatlas("init", profile)
    assert code == 1
    assert "Another process is loading the place" in err
    assert profile.stem not in places(cluster_settings)


def test_a_report_that_cannot_be_written_is_told_before_anything_is_imported(
    riskatlas, empty_place, tmp_path
):
    delivery = tmp_path / "divisions.csv"
    delivery.write_text("", encoding="utf-8")
    for report in (tmp_path / "nowhere" / "report.json", tmp_path):
        code, out, err = riskatlas(
            "import", "divisions", delivery, "--report", report, "--place", empty_place.place
        )
        assert code == 1
        assert str(report) in err
        assert "with --report" in err
        assert "--out" not in err
        assert out == ""


def test_stop_tells_a_program_which_ports_were_served(riskatlas, cluster_settings):
    hold = (
        "import signal, sys; from pathlib import Path\n"
        "from census.store.settings import Settings; from webapp.serve import pid_file\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
        "with pid_file(Settings(home=Path(sys.argv[1]), port=18150)):\n"
        "    print('held', flush=True); signal.pause()\n"
    )
    command = [sys.executable, "-c", hold, str(cluster_settings.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout.readline() == "held\n"
        code, out, _ = riskatlas("stop", "--json")
    assert (code, json.loads(out)) == (0, {"stopped": [18150]})


def test_a_port_without_a_next_one_is_refused(riskatlas):
    code, _, err = riskatlas("serve", "--port", "65535")
    assert code == 1
    assert "--port" in err


def test_nothing_to_stop_is_said(riskatlas):
    code, _, err = riskatlas("stop")
    assert code == 1
    assert "没有可停止的服务" in err


def test_a_layer_is_taken_out_as_a_table(riskatlas, small_district, tmp_path):
    out = tmp_path / "divisions.csv"
    options = ["--format", "csv", "--out", out, "--place", small_district.place, "--json"]
    code, said, _ = riskatlas("export", "divisions", *options)
    assert code == 0
    assert json.loads(said)["rows"] == 4
    assert "西河村" in out.read_text(encoding="utf-8-sig")


def test_a_profile_with_values_that_cannot_be_used_names_each_and_makes_nothing(
    riskatlas, tmp_path
):
    file = tmp_path / "halfmade.toml"
    file.write_text(
        'code = "3209"\nname_zh = "我区"\nname_en = "Mine"\nsrid = 4490\nmetric_srid = 4490\n'
        'timezone = "Asia/Beijing"\nis_made_up = 1\nattribution = "me"\ndata_date = "2026-13-01"\n',
        encoding="utf-8",
    )
    code, _, err = riskatlas("init", file)
    assert code == 1
    for value in ("'3209'", "metric_srid = 4490", "Asia/Beijing", "is_made_up = 1", "2026-13-01"):
        assert value in err
    assert "halfmade" not in json.loads(riskatlas("status", "--json")[1])["places"]


def test_a_person_reads_file_row_column_and_value_of_a_fault(riskatlas, empty_place, tmp_path):
    file = tmp_path / "people.xlsx"
    code, out, _ = riskatlas("import", "people", file, "--place", empty_place.place)
    assert code == 1
    assert "[错误 error] people.xlsx" in out


def test_a_blank_of_a_form_with_geometry_says_which_files_are_taken(capsys, tmp_path):
    code, out, _ = run(capsys, "forms", "divisions", "--out", tmp_path / "divisions.xlsx")
    assert code == 0
    assert ".gpkg" in out
