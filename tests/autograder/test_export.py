"""Grades as spreadsheets and platforms read them: pandas, LibreOffice's rules and Canvas's and Moodle's own columns."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder.cli import app
from autograder.collecting.roster import Roster, Student
from autograder.errors import UserError
from autograder.exporting.grades import Grade, read_grades
from autograder.exporting.tables import canvas, moodle, moodle_import, spreadsheet

ONE, TWO = "03_precision_recall", "06_regression_errors"
CLASS = Roster(
    [
        Student("ada", "Ada", "Lovelace", "ada@uni.example", "11"),
        Student("zoe", "Zoë #2", "Müller, von", "zoe@uni.example", "12"),
        Student("new", "=SUM(A1)", 'O"Neil', "new@uni.example"),
    ]
)
GRADES = [
    Grade("ada", ONE, 8.5, 9.0),
    Grade("ada", TWO, None, 12.0),
    Grade("zoe", ONE, 2 / 3, 9.0, penalty=1.0, waiting=True),
    Grade("zoe", TWO, 12.0, 12.0),
]


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_spreadsheet_survives_names_of_all_kinds() -> None:
    table = pd.read_csv(io.StringIO(spreadsheet([*GRADES, Grade("new", ONE, 1.0, 9.0)], CLASS)))
    assert table["last_name"].tolist() == ["Lovelace"] * 2 + ["Müller, von"] * 2 + ['O"Neil']
    assert table["first_name"].tolist()[2:] == ["Zoë #2", "Zoë #2", "'=SUM(A1)"]
    assert table["points"].tolist()[:1] + table["points"].tolist()[2:] == [8.5, 0.6667, 12, 1]
    assert pd.isna(table["points"][1])
    assert table["waits_for_a_person"].tolist() == ["no", "no", "yes", "no", "no"]


def test_canvas_gets_its_own_lines_back(tmp_path: Path) -> None:
    template = tmp_path / "export.csv"
    template.write_text(
        f"Student,ID,SIS User ID,SIS Login ID,Section,{ONE} (555),Current Score\n"
        "    Points Possible,,,,,9,(read only)\n"
        '"Lovelace, Ada",11,,al,A,,50\n"Müller, von, Zoë #2",12,s2,zm,A,1,\n"Student, Test",99,,,A,,\n',
        encoding="utf-8-sig",
    )
    possible, ada, zoe, test = lines(canvas(GRADES, CLASS, template))
    assert list(ada) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{ONE} (555)", TWO]
    assert (possible["Student"], possible[f"{ONE} (555)"], possible[TWO]) == ("    Points Possible", "9", "12")
    assert (ada["ID"], ada[f"{ONE} (555)"], ada[TWO]) == ("11", "8.5", "")
    assert (zoe["Student"], zoe["SIS User ID"], zoe[TWO]) == ("Müller, von, Zoë #2", "s2", "12")
    assert (test[f"{ONE} (555)"], test[TWO]) == ("", "")
    template.write_text("Name,Mark\nx,1\n")
    with pytest.raises(UserError, match="no export of Canvas"):
        canvas(GRADES, CLASS, template)


def test_moodle_gets_its_worksheet_back(tmp_path: Path) -> None:
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Feedback comments\n"
        'Participant 1,Ada Lovelace,ADA@uni.example,Submitted,,"18,00",Yes,"old, kept"\n'
        "Participant 2,Nobody Known,who@else.example,No submission,-,18.00,Yes,\n",
        encoding="utf-8",
    )
    ada, nobody = lines(moodle(GRADES, CLASS, worksheet, ONE))
    assert (ada["Identifier"], ada["Grade"], ada["Maximum Grade"], ada["Feedback comments"]) == (
        "Participant 1",
        "17",
        "18,00",
        "old, kept",
    )
    assert nobody["Grade"] == "-"
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="no grading worksheet of Moodle"):
        moodle(GRADES, CLASS, tmp_path / "other.csv", ONE)


def test_moodles_import_goes_by_address() -> None:
    ada, new, zoe = lines(moodle_import(GRADES, CLASS))
    assert (ada["Email address"], ada[ONE], ada[TWO]) == ("ada@uni.example", "8.5", "")
    assert (zoe[TWO], new[ONE]) == ("12", "")


@pytest.mark.slow
def test_the_command_reads_the_gradebook(tmp_path: Path) -> None:
    (tmp_path / "source" / ONE).mkdir(parents=True)
    (tmp_path / "source" / ONE / "precision_recall.ipynb").write_text("{}")
    (tmp_path / "students.csv").write_text("id,first_name,last_name,email\nada,Ada,Lovelace,ada@uni.example\n")
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    with Gradebook(url, "evalkit") as gradebook:
        gradebook.add_assignment(ONE)
        gradebook.add_notebook("precision_recall", ONE)
        gradebook.add_grade_cell("check", "precision_recall", ONE, max_score=9, cell_type="code")
        gradebook.add_student("ada")
        gradebook.add_student("bob")
        gradebook.db.commit()
        with gradebook.db.no_autoflush:
            gradebook.add_submission(ONE, "ada")
        gradebook.find_grade("check", "precision_recall", ONE, "ada").auto_score = 7.5
        gradebook.find_grade("check", "precision_recall", ONE, "ada").needs_manual_grade = True
        gradebook.db.commit()
    assert read_grades(url, "evalkit") == [Grade("ada", ONE, 7.5, 9.0, waiting=True), Grade("bob", ONE, None, 9.0)]
    said = CliRunner().invoke(app, ["export", str(tmp_path)])
    assert said.exit_code == 0, said.output
    assert "1 submission waits for a person" in said.output
    data = (tmp_path / "grades.csv").read_bytes()
    # A spreadsheet knows by this mark that the text is UTF-8.
    assert data.startswith(b"\xef\xbb\xbf")
    assert [row["points"] for row in lines(data.decode("utf-8-sig"))] == ["7.5", ""]
    said = CliRunner().invoke(app, ["export", str(tmp_path), "--to", "canvas"])
    assert said.exit_code == 2
    assert "--template" in said.output
