"""The hub of deploy/ on one machine, for a test: its own settings, with processes in the place of containers."""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 - traitlets provides it

WORK = Path(os.environ["HUB_WORK"])
DEPLOY = Path(__file__).parents[2] / "deploy"
os.environ["HUB_ADMIN"] = "ada"
# What only containers need.
os.environ.update(
    dict.fromkeys(("COURSE_IMAGE", "HUB_NETWORK", "GRADEBOOK_NETWORK", "COURSE_DIR", "DB_PASSWORD"), "none")
)
load_subconfig(str(DEPLOY / "hub" / "jupyterhub_config.py"))  # noqa: F821
in_a_container = c.Spawner.pre_spawn_hook

c.JupyterHub.bind_url = f"http://127.0.0.1:{os.environ['HUB_PORT']}"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = int(os.environ["HUB_PORT"]) + 1
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{int(os.environ['HUB_PORT']) + 2}"
c.ConfigurableHTTPProxy.command = [os.environ["HUB_PROXY"]]
c.JupyterHub.db_url = f"sqlite:///{WORK}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(WORK / "cookie_secret")
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "test"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{WORK}/home/{{username}}"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 120


def prepare(spawner):
    """Let the hub of deploy/ decide, and put folders of this machine in the place of a container's."""
    in_a_container(spawner)
    home = WORK / "home" / spawner.user.name
    home.mkdir(parents=True, exist_ok=True)
    spawner.notebook_dir = {"/course": str(WORK / "course"), "/home/student/work": str(home)}[spawner.notebook_dir]
    settings = spawner.environment["JUPYTER_CONFIG_PATH"].replace("/srv/jupyter", str(DEPLOY / "hub" / "jupyter"))
    # The first holds what only this machine needs.
    spawner.environment = {"JUPYTER_CONFIG_PATH": f"{WORK}/settings:{settings}"}


c.Spawner.pre_spawn_hook = prepare
