"""Speed, measured: whole processes of this extension beside whole processes of the official SDK.

`python -m benchmarks.local` is the one command; the table in `docs/performance.md` is its output.

    local     arguments, the rounds, the printed page
    tools     the two tools' command lines, and the SDK's own virtual environment
    sdk       the SDK's side: one operation of azure-ai-ml in one process
    sample    a copy of the sample that can be edited, and the proof that an edit is served
    registry  a local registry that serves the base image, and the removal of all that came from it
    machine   what a reader must know of the machine to judge the figures
    results   timings, targets and the table; pure
    process   running programs
"""
