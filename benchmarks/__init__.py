"""Speed, measured: this extension beside the official SDK, in one run.

`python -m benchmarks.local` and `python -m benchmarks.cloud` are the commands; the tables in
`docs/performance.md` are their output.

    local      on this machine: the rounds
    cloud      in Azure, simulated: what there is to measure, and the versions

    page       what both commands have in common: options, and the printed page
    results    figures, targets and the table; pure
    machine    what a reader must know of the machine to judge the figures
    process    running programs
    tools      the two tools' command lines, and the SDK's own virtual environment
    sample     a copy of the sample that can be edited, and the proof that an edit is served

    sdk        local: one operation of azure-ai-ml in one process
    registry   local: serves the base image, and removes all that came from it

    azure      cloud: the two tools in a simulated Azure
    deploying  cloud: whole deployments, their requests and their time
    traffic    cloud: what of the requests the simulator has seen
    content    cloud: hashing and uploads
    lag        cloud: how late the end of an operation is known
    memory     cloud: what az occupies
    inside     cloud: what runs with one tool's Python and measures the tool's own functions
"""
