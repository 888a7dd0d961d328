"""The help texts of `az ml endpoint plan` and `apply`."""

from __future__ import annotations

TEXTS = {
    "ml endpoint plan": """
type: command
short-summary: Say what would have to be done to make an endpoint what its file says.
long-summary: |
    Shows every step with its reason and what it changes, which assets are reused, and how much
    would be uploaded. Changes nothing, and needs the right to read only. The text goes to stderr
    and the same as data to stdout, on a terminal only with --output. What cannot be done makes
    the exit code 1.
examples:
    - name: See what a change of the file means.
      text: az ml endpoint plan -f endpoint.yml
    - name: Fail a pipeline's check where the endpoint is not what the file says.
      text: az ml endpoint plan -f endpoint.yml --detailed-exitcode -o none
    - name: Save the plan, and carry out this one or none.
      text: |
        az ml endpoint plan -f endpoint.yml --out plan.json
        az ml endpoint apply --plan plan.json
""",
    "ml endpoint apply": """
type: command
short-summary: Make an endpoint what its file says, whatever is there.
long-summary: |
    Creates or updates. Shows the plan first, and asks before it deletes a deployment. Where
    nothing differs, nothing is written. Tags that the file never had stay, and so does the
    traffic where the file does not speak of it. While another command is at work on the endpoint,
    it is named and waited for.
examples:
    - name: Make the endpoint what the file says.
      text: az ml endpoint apply -f endpoint.yml
    - name: The same with the files of the extension ml, which are all in one folder.
      text: az ml endpoint apply -f cloud --traffic "blue:90,green:10"
    - name: The same on this machine.
      text: az ml endpoint apply --local -f endpoint.yml
    - name: In a pipeline, where nobody can be asked.
      text: az ml endpoint apply -f endpoint.yml --yes --on-conflict fail
    - name: Give a deployment another instance type, by way of another deployment.
      text: az ml endpoint apply -f endpoint.yml --replace blue
    - name: Carry out a saved plan.
      text: az ml endpoint apply --plan plan.json
""",
}
