"""What a server's log says about the user's script, in logs that a real server wrote.

server_logs/record.py made them, with azureml-inference-server-http 1.5.1.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from azext_ml_endpoint.local.diagnosis import logs

LOGS = Path(__file__).parents[1] / "server_logs"
CODE = "/home/me/my work/onlinescoring"


def recorded(name: str) -> list[str]:
    return (LOGS / f"{name}.log").read_text().splitlines()


def traceback(lines: list[str]) -> str:
    return "\n".join(logs.script_traceback(lines, CODE))


def expected(text: str) -> str:
    return dedent(text).strip().replace("CODE", CODE)


# Has it crashed


@pytest.mark.parametrize(
    "name", ["syntax_error", "missing_module", "no_run", "init_raises", "chained"]
)
def test_a_server_that_gave_up_has_crashed(name: str) -> None:
    assert any(logs.is_crash(line) for line in recorded(name))


def test_a_failed_request_is_no_crash() -> None:
    assert not any(logs.is_crash(line) for line in recorded("run_raises"))


def test_runit_ending_the_container_is_a_crash() -> None:
    assert logs.is_crash("2026-11-22 11:00:00 | Exit code 3 is not normal. Killing image.")


# What the script did wrong


def test_a_syntax_error_is_shown_at_its_place() -> None:
    assert traceback(recorded("syntax_error")) == expected(
        """
        Traceback (most recent call last):
          File "CODE/score.py", line 1
            def init(:
                     ^
        SyntaxError: invalid syntax
        """
    )


def test_frames_of_the_server_are_left_out_and_those_of_the_user_kept() -> None:
    assert traceback(recorded("init_raises")) == expected(
        """
        Traceback (most recent call last):
          File "CODE/score.py", line 7, in init
            load(os.environ["AZUREML_MODEL_DIR"] + "/model.pkl")
          File "CODE/score.py", line 4, in load
            return open(path)
                   ^^^^^^^^^^
        FileNotFoundError: [Errno 2] No such file or directory: \
'/var/azureml-app/azureml-models/prices/1/model.pkl'
        """
    )


def test_other_modules_of_the_user_are_named_where_they_stand() -> None:
    shown = traceback(recorded("in_another_module"))
    assert f'File "{CODE}/score.py", line 4, in init' in shown
    assert f'File "{CODE}/parts/model.py", line 2, in load' in shown


def test_frames_of_libraries_below_the_users_are_kept() -> None:
    shown = traceback(recorded("run_raises")).splitlines()
    assert shown[1] == f'  File "{CODE}/score.py", line 7, in run'
    assert shown[-1] == "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"
    assert not any("azureml_inference_server_http" in line for line in shown)


def test_an_exception_is_shown_with_the_one_that_caused_it() -> None:
    assert traceback(recorded("chained")) == expected(
        """
        Traceback (most recent call last):
          File "CODE/score.py", line 3, in init
            {}["model"]
            ~~^^^^^^^^^
        KeyError: 'model'

        The above exception was the direct cause of the following exception:

        Traceback (most recent call last):
          File "CODE/score.py", line 5, in init
            raise RuntimeError("no model in the registry") from error
        RuntimeError: no model in the registry
        """
    )


def test_a_message_of_several_lines_is_shown_to_its_end() -> None:
    shown = traceback(recorded("long_message")).splitlines()
    assert shown[3:] == [
        "ValueError: 2 errors:",
        "  rows",
        "    missing",
        "columns are wrong",
        "",
        "See the manual.",
    ]


def test_a_group_of_exceptions_is_shown_whole() -> None:
    shown = traceback(recorded("group"))
    assert shown.count(f'File "{CODE}/score.py", line 2, in check') == 2
    assert "user_script.py" not in shown
    assert shown.endswith("    | ValueError: column 2 is wrong\n    +" + "-" * 36)


def test_the_last_of_several_failures_is_shown() -> None:
    lines = [*recorded("chained"), *recorded("missing_module")]
    assert "lightgbm" in traceback(lines) and "KeyError" not in traceback(lines)


def test_tracebacks_after_another_do_not_belong_together() -> None:
    own = 'Traceback (most recent call last):\n  File "/var/azureml-app/onlinescoring/score.py"'
    printed = f"{own}, line 1\nValueError: 1\n{own}, line 2\nValueError: 2".splitlines()
    assert "ValueError: 1" not in traceback(printed)


def test_what_was_logged_after_a_traceback_is_no_part_of_it() -> None:
    logged = [
        "2026-11-22 11:00:00,000 E [7] root - no model",
        "Traceback (most recent call last):",
        '  File "/var/azureml-app/onlinescoring/score.py", line 4, in run',
        "KeyError: 'model'",
        "2026-11-22 11:00:00,000 I [7] root - going on without",
    ]
    assert traceback(logged).endswith("KeyError: 'model'")


def test_a_traceback_that_does_not_run_through_the_users_code_is_not_the_scripts() -> None:
    assert traceback(recorded("run_answers_an_object")) == ""
    assert logs.script_traceback(recorded("init_raises"), "/home/me/another") == []
    assert logs.script_traceback(recorded("init_raises"), "") == []


def test_the_code_is_found_wherever_the_runtime_puts_its_app_folder() -> None:
    elsewhere = [
        line.replace("/var/azureml-app", "/home/my self/.azure/x/azureml-app")
        for line in recorded("init_raises")
    ]
    assert f'  File "{CODE}/score.py", line 7, in init' in traceback(elsewhere)


# What the server complained of


def test_the_server_s_own_refusal_is_shown_with_the_users_path() -> None:
    assert logs.server_error(recorded("no_run"), CODE) == [
        "azureml_inference_server_http.server.user_script.UserScriptError: "
        f"User script at {CODE}/score.py does not have a run() function defined."
    ]


def test_a_server_that_was_killed_says_so_after_what_it_said_before() -> None:
    killed = "2026-11-22 11:00:00,000 E [1] gunicorn.error - Worker (pid:7) was sent SIGKILL!"
    harmless = "2026-11-22 10:00:00,000 E [7] azmlinfsrv.trace - Error while fetching model IDs"
    shown = logs.server_error([*[harmless] * 9, "gunicorn.error - Listening", killed], CODE)
    assert shown[-1] == "gunicorn.error - Worker (pid:7) was sent SIGKILL!"
    assert len(shown) == 5


def test_errors_of_other_servers_are_shown_too() -> None:
    lines = ["starting", "error: cannot bind", "  source with an error in it", "bye"]
    assert logs.server_error(lines, "") == ["error: cannot bind"]


def test_a_log_without_complaints_has_none() -> None:
    assert logs.server_error(["Listening at: http://0.0.0.0:5001"], CODE) == []


# What to do


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("missing_module", "Add the package of lightgbm to the conda file"),
        ("init_raises", "AZUREML_MODEL_DIR"),
        ("syntax_error", "Correct the script"),
        ("no_run", "init() and run(data)"),
        ("run_answers_an_object", "run() answers"),
    ],
)
def test_what_went_wrong_suggests_the_next_step(name: str, step: str) -> None:
    lines = recorded(name)
    trouble = logs.script_traceback(lines, CODE) or logs.server_error(lines, CODE)
    assert step in str(logs.advice(trouble))


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("custom logging", "data_collector does not name: add it there"),
        ("collection model_inputs", "data_collector.collections has no model_inputs: add it there"),
        ("collection model-1", "data_collector.collections has no model-1: add it there"),
    ],
)
def test_what_is_not_collected_is_to_be_added(said: str, step: str) -> None:
    trouble = [f"Exception: {said} is not enabled, drop the data"]
    assert step in str(logs.advice(trouble))


@pytest.mark.parametrize(
    "line", ["./run: 5: exec: azmlinfsrv: not found", "sh: line 1: azmlinfsrv: command not found"]
)
def test_an_environment_without_the_server_is_told(line: str) -> None:
    """In the words of dash and bash."""
    trouble = [line, "gunicorn/finish 127 0"]
    assert "add azureml-inference-server-http" in str(logs.advice(trouble))


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("taken_name", "utils"),
        ("taken_package", "config"),
        ("taken_attribute", "exceptions"),
        ("taken_module", "routes"),
    ],
)
def test_a_module_that_the_server_has_too_is_told(name: str, module: str) -> None:
    advice = str(logs.advice(logs.script_traceback(recorded(name), CODE)))
    assert f"The inference server has a module {module} of its own" in advice
    assert "give yours another name" in advice


def test_a_package_that_the_server_has_as_a_module() -> None:
    line = "ModuleNotFoundError: No module named 'utils.text'; 'utils' is not a package"
    assert "has a module utils of its own" in str(logs.advice([line]))


@pytest.mark.parametrize(
    "line",
    [
        "ImportError: cannot import name 'a' from 'utils' (/var/azureml-app/src/utils.py)",
        "ImportError: attempted relative import with no known parent package",
        "AttributeError: module 'numpy' has no attribute 'utils'",
        "ModuleNotFoundError: No module named 'utils'",
        '  File "/opt/azureml_inference_server_http/server/user_script.py", line 7, in load_script',
    ],
)
def test_a_module_of_another_place_is_not_the_servers(line: str) -> None:
    assert "of its own" not in str(logs.advice([line]))


def test_only_the_last_exception_counts() -> None:
    lines = [
        *logs.script_traceback(recorded("taken_name"), CODE),
        "",
        "Traceback (most recent call last):",
        "ValueError: 5",
    ]
    assert logs.advice(lines) is None


@pytest.mark.parametrize("trouble", [[], ["ValueError: 5"], ["    except FileNotFoundError:"]])
def test_where_nothing_is_known_nothing_is_suggested(trouble: list[str]) -> None:
    assert logs.advice(trouble) is None


# Long lines


@pytest.mark.parametrize(
    "line",
    [
        f"ValueError: {'x' * 300_000}",
        f"ValueError: {'a/' * 150_000}",
        f"ValueError: {'/azureml-app/onlinescoring' * 10_000}",
        f"ValueError: {chr(34) * 300_000}",
        f"ValueError: {' /' * 150_000}",
    ],
    ids=["a word", "a path", "half the folder", "quotes", "beginnings of paths"],
)
def test_a_long_line_is_shown_by_its_beginning(line: str) -> None:
    frame = '  File "/var/azureml-app/onlinescoring/score.py", line 2, in init'
    lines = ["Traceback (most recent call last):", frame, line]

    told = logs.script_traceback(lines, CODE)

    assert told[1] == f'  File "{CODE}/score.py", line 2, in init'
    assert told[2].startswith("ValueError: ")
    assert told[2].endswith("more characters)")
    assert len(told[2]) < 5_000


def test_what_the_server_says_at_length_is_shortened_too() -> None:
    line = f"2026-11-22 11:00:00,000 E [7] azmlinfsrv - {'x/' * 100_000}"

    (told,) = logs.server_error([line], CODE)

    assert told.endswith("… (196043 more characters)")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("open('/var/azureml-app/onlinescoring/a b.txt')", f"open('{CODE}/a b.txt')"),
        ('in "/home/a b/azureml-app/onlinescoring/c"', f'in "{CODE}/c"'),
        ("/azureml-app/onlinescoring/c is no file", f"{CODE}/c is no file"),
        ("x=/var/azureml-app/onlinescoring/c", f"x={CODE}/c"),
        (
            "cp /a/azureml-app/onlinescoring/b /a/azureml-app/onlinescoring/c",
            f"cp {CODE}/b {CODE}/c",
        ),
    ],
)
def test_files_are_named_by_their_place_here(said: str, shown: str) -> None:
    assert logs.server_error([f"Error: {said}"], CODE) == [f"Error: {shown}"]
